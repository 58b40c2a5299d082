#include "io/memory_file_system.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <set>
#include <utility>

#include "base/check.h"
#include "io/faults.h"

namespace stile::io {

struct MemoryFileSystem::Node {
  bool is_directory = false;
  // A directory
  std::map<std::string, NodePtr> entries;
  std::map<std::string, NodePtr> durable_entries;
  // A file
  std::vector<std::byte> data;
  std::vector<std::byte> durable_data;
  struct Write {
    bool resizes;
    std::uint64_t offset;  // or the new size
    std::vector<std::byte> bytes;
  };
  std::vector<Write> unsynced;

  static void apply(std::vector<std::byte>& to, std::uint64_t offset, Bytes bytes) {
    if (to.size() < offset + bytes.size()) to.resize(offset + bytes.size());
    if (!bytes.empty()) std::memcpy(to.data() + offset, bytes.data(), bytes.size());
  }
};

namespace {

std::string_view last_name(const SafePath& path) {
  const std::string_view text = path.text();
  return text.substr(text.rfind('/') + 1);  // npos + 1 is 0
}

Error missing(const SafePath& path) { return {Errc::not_found, {}, "no " + path.text()}; }

}  // namespace

class MemoryFileSystem::OpenFile final : public File, public LosesUnsynced {
 public:
  OpenFile(MemoryFileSystem& files, NodePtr node, OpenMode mode)
      : files_(files), node_(std::move(node)), mode_(mode), power_cycle_(files.power_cycles_) {}

  Result<void> write_at_blocking(std::uint64_t offset, Bytes bytes) override {
    std::lock_guard lock(files_.mutex_);
    STILE_TRY(may_write());
    STILE_TRY(has_room_for(offset + bytes.size()));
    Node::apply(node_->data, offset, bytes);
    node_->unsynced.push_back({false, offset, {bytes.begin(), bytes.end()}});
    return {};
  }
  Result<std::size_t> read_at_blocking(std::uint64_t offset, MutableBytes into) const override {
    std::lock_guard lock(files_.mutex_);
    STILE_TRY(alive());
    if (offset >= node_->data.size()) return std::size_t{0};
    const auto length = std::min<std::uint64_t>(into.size(), node_->data.size() - offset);
    if (length > 0) std::memcpy(into.data(), node_->data.data() + offset, length);
    return static_cast<std::size_t>(length);
  }
  Result<void> reserve_blocking(std::uint64_t size) override {
    std::lock_guard lock(files_.mutex_);
    STILE_TRY(may_write());
    if (size <= node_->data.size()) return {};
    return resize_locked(size);
  }
  Result<void> resize_blocking(std::uint64_t size) override {
    std::lock_guard lock(files_.mutex_);
    STILE_TRY(may_write());
    return resize_locked(size);
  }
  Result<void> copy_from_blocking(const File& from, std::uint64_t from_offset, std::uint64_t to_offset,
                                  std::uint64_t length) override {
    std::vector<std::byte> bytes(length);
    auto got = from.read_at_blocking(from_offset, bytes);
    if (!got) return fail(std::move(got).error());
    if (*got != length) return fail(Errc::io_error, {}, "copy: the source is shorter than expected");
    return write_at_blocking(to_offset, bytes);
  }
  Result<void> sync_data_blocking() override {
    std::lock_guard lock(files_.mutex_);
    STILE_TRY(alive());
    // Only what is unsynced: bytes that a failed sync has lost stay lost.
    for (const Node::Write& write : node_->unsynced) {
      if (write.resizes)
        node_->durable_data.resize(write.offset);
      else
        Node::apply(node_->durable_data, write.offset, write.bytes);
    }
    node_->unsynced.clear();
    return {};
  }
  void lose_unsynced() override {
    std::lock_guard lock(files_.mutex_);
    node_->unsynced.clear();
  }
  Result<std::uint64_t> size_blocking() const override {
    std::lock_guard lock(files_.mutex_);
    STILE_TRY(alive());
    return node_->data.size();
  }

 private:
  Result<void> alive() const {
    if (power_cycle_ != files_.power_cycles_) return fail(Errc::io_error, {}, "the file was opened before the crash");
    return {};
  }
  Result<void> may_write() const {
    STILE_TRY(alive());
    if (mode_ == OpenMode::read_only) return fail(Errc::io_error, {}, "opened for reading only");
    return {};
  }
  Result<void> has_room_for(std::uint64_t size) const {
    if (size <= node_->data.size()) return {};
    if (files_.used_locked() + (size - node_->data.size()) > files_.capacity_) return fail(Errc::disk_full);
    return {};
  }
  Result<void> resize_locked(std::uint64_t size) {
    STILE_TRY(has_room_for(size));
    node_->data.resize(size);
    node_->unsynced.push_back({true, size, {}});
    return {};
  }

  MemoryFileSystem& files_;
  const NodePtr node_;
  const OpenMode mode_;
  const std::uint64_t power_cycle_;
};

MemoryFileSystem::MemoryFileSystem(std::uint64_t capacity) : capacity_(capacity), root_(std::make_shared<Node>()) {
  root_->is_directory = true;
}

MemoryFileSystem::~MemoryFileSystem() = default;

MemoryFileSystem::NodePtr MemoryFileSystem::find_locked(const SafePath& path) const {
  NodePtr node = root_;
  std::string_view rest = path.text();
  while (!rest.empty() && node) {
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto found = node->entries.find(std::string(rest.substr(0, slash)));
    node = found == node->entries.end() ? nullptr : found->second;
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return node;
}

Result<MemoryFileSystem::NodePtr> MemoryFileSystem::directory_locked(const SafePath& path) const {
  NodePtr node = find_locked(path);
  if (!node) return fail(missing(path));
  if (!node->is_directory) return fail(Errc::io_error, {}, path.text() + " is no directory");
  return node;
}

void MemoryFileSystem::change_locked(Change change) {
  for (const Entry& entry : change) {
    if (entry.node)
      entry.directory->entries[entry.name] = entry.node;
    else
      entry.directory->entries.erase(entry.name);
  }
  unsynced_.push_back(std::move(change));
}

Result<std::unique_ptr<File>> MemoryFileSystem::open_blocking(const SafePath& path, OpenMode mode) {
  std::lock_guard lock(mutex_);
  NodePtr node = find_locked(path);
  if (mode == OpenMode::create_new) {
    if (node) return fail(Errc::already_exists, {}, path.text());
    auto directory = directory_locked(path.parent());
    if (!directory) return fail(std::move(directory).error());
    node = std::make_shared<Node>();
    change_locked({{*directory, std::string(last_name(path)), node, false}});
  }
  if (!node) return fail(missing(path));
  if (node->is_directory) return fail(Errc::io_error, {}, path.text() + " is a directory");
  return std::make_unique<OpenFile>(*this, std::move(node), mode);
}

Result<void> MemoryFileSystem::make_directory_blocking(const SafePath& path) {
  std::lock_guard lock(mutex_);
  if (find_locked(path)) return {};
  auto parent = directory_locked(path.parent());
  if (!parent) return fail(std::move(parent).error());
  auto node = std::make_shared<Node>();
  node->is_directory = true;
  change_locked({{*parent, std::string(last_name(path)), std::move(node), false}});
  return {};
}

Result<void> MemoryFileSystem::rename_blocking(const SafePath& from, const SafePath& to) {
  std::lock_guard lock(mutex_);
  NodePtr node = find_locked(from);
  if (!node) return fail(missing(from));
  auto target = directory_locked(to.parent());
  if (!target) return fail(std::move(target).error());
  if (from == to) return {};
  const NodePtr there = find_locked(to);
  if (there && there != node) return fail(Errc::already_exists, {}, to.text() + " is there already");
  change_locked({{*target, std::string(last_name(to)), std::move(node), false},
                 {find_locked(from.parent()), std::string(last_name(from)), nullptr, false}});
  return {};
}

Result<void> MemoryFileSystem::remove_blocking(const SafePath& path) {
  std::lock_guard lock(mutex_);
  const NodePtr node = find_locked(path);
  if (!node) return fail(missing(path));
  if (!node->entries.empty()) return fail(Errc::io_error, {}, path.text() + " is not empty");
  change_locked({{find_locked(path.parent()), std::string(last_name(path)), nullptr, false}});
  return {};
}

Result<void> MemoryFileSystem::sync_directory_blocking(const SafePath& path) {
  std::lock_guard lock(mutex_);
  auto directory = directory_locked(path);
  if (!directory) return fail(std::move(directory).error());
  for (Change& change : unsynced_) {
    // Once the old name of a renamed file is gone for good, the new one must be there, and the way to it.
    const bool removal_settles_all = change.size() > 1 && change.back().directory == *directory && !change.back().node;
    if (removal_settles_all) settle_name_of_locked(change.front().directory);
    for (Entry& entry : change)
      if (entry.directory == *directory || removal_settles_all) settle_locked(entry);
  }
  std::erase_if(unsynced_, [](const Change& change) {
    return std::ranges::all_of(change, [](const Entry& entry) { return entry.settled; });
  });
  return {};
}

void MemoryFileSystem::settle_locked(Entry& entry) {
  if (std::exchange(entry.settled, true)) return;
  if (entry.node)
    entry.directory->durable_entries[entry.name] = entry.node;
  else
    entry.directory->durable_entries.erase(entry.name);
}

void MemoryFileSystem::settle_name_of_locked(const NodePtr& directory) {
  for (Change& change : unsynced_) {
    for (Entry& entry : change) {
      if (entry.node != directory) continue;
      settle_name_of_locked(entry.directory);
      settle_locked(entry);
    }
  }
}

bool MemoryFileSystem::is_durable_locked(const NodePtr& directory) const {
  const std::function<bool(const Node&)> leads_there = [&](const Node& node) {
    return &node == directory.get() || std::ranges::any_of(node.durable_entries, [&](const auto& entry) {
      return entry.second->is_directory && leads_there(*entry.second);
    });
  };
  return leads_there(*root_);
}

Result<bool> MemoryFileSystem::exists_blocking(const SafePath& path) {
  std::lock_guard lock(mutex_);
  return find_locked(path) != nullptr;
}

Result<std::vector<std::string>> MemoryFileSystem::list_blocking(const SafePath& path) {
  std::lock_guard lock(mutex_);
  auto directory = directory_locked(path);
  if (!directory) return fail(std::move(directory).error());
  std::vector<std::string> names;
  for (const auto& [name, node] : (*directory)->entries) names.push_back(name);
  return names;
}

Result<std::uint64_t> MemoryFileSystem::free_bytes_blocking() {
  std::lock_guard lock(mutex_);
  const std::uint64_t used = used_locked();
  return used >= capacity_ ? 0 : capacity_ - used;
}

std::uint64_t MemoryFileSystem::used_locked() const {
  std::uint64_t used = 0;
  const std::function<void(const Node&)> add = [&](const Node& node) {
    used += node.data.size();
    for (const auto& [name, child] : node.entries) add(*child);
  };
  add(*root_);
  return used;
}

std::vector<std::string> MemoryFileSystem::all_files() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  const std::function<void(const Node&, const std::string&)> add = [&](const Node& node, const std::string& path) {
    for (const auto& [name, child] : node.entries) {
      if (child->is_directory)
        add(*child, path + name + "/");
      else
        paths.push_back(path + name);
    }
  };
  add(*root_, "");
  return paths;
}

void MemoryFileSystem::crash(Survivors survivors, std::uint64_t seed) {
  std::lock_guard lock(mutex_);
  ++power_cycles_;
  if (survivors == Survivors::everything) return;
  std::mt19937_64 random(seed);
  const auto survives = [&] { return survivors == Survivors::some_unsynced && (random() & 1) != 0; };

  for (Change& change : unsynced_) {
    // A change whose directory is not there has not happened; of a rename, the new name's counts.
    if (!survives() || !is_durable_locked(change.front().directory)) continue;
    for (Entry& entry : change) {
      const bool is_old_name = change.size() > 1 && !entry.node;
      if (!is_old_name || survives()) settle_locked(entry);
    }
  }
  unsynced_.clear();

  std::set<const Node*> seen;  // a file may have two names now
  const std::function<void(Node&)> settle = [&](Node& node) {
    if (!seen.insert(&node).second) return;
    for (const Node::Write& write : node.unsynced) {
      if (write.resizes) {
        if (survives()) node.durable_data.resize(write.offset);
        continue;
      }
      for (std::size_t at = 0; at < write.bytes.size();) {
        const std::uint64_t offset = write.offset + at;
        const std::size_t length = std::min<std::size_t>(kSectorBytes - offset % kSectorBytes, write.bytes.size() - at);
        if (survives()) Node::apply(node.durable_data, offset, Bytes(write.bytes).subspan(at, length));
        at += length;
      }
    }
    node.unsynced.clear();
    node.data = node.durable_data;
    node.entries = node.durable_entries;
    for (const auto& [name, child] : node.entries) settle(*child);
  };
  settle(*root_);
}

}  // namespace stile::io
