// TempCatalog: a SqlCatalog in a fresh directory that goes away with it. For tests of this and higher layers.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/check.h"
#include "base/random.h"
#include "catalog/sql_catalog.h"

namespace stile::catalog {

class TempCatalog {
 public:
  explicit TempCatalog(SqlCatalogOptions options = fast()) : options_(options) {
    SystemRandom random;
    directory_ = std::filesystem::temp_directory_path() / ("stile-catalog-" + random_hex(random, 16));
    CHECK(std::filesystem::create_directory(directory_));
    reopen();
  }
  ~TempCatalog() {
    catalog_.reset();
    std::error_code ignored;  // a leftover in the temporary directory is no reason to fail a test
    std::filesystem::remove_all(directory_, ignored);
  }
  TempCatalog(const TempCatalog&) = delete;

  // As fast as memory nearly: nothing is synced.
  static SqlCatalogOptions fast() { return {.durability = Durability::none}; }

  SqlCatalog& operator*() { return *catalog_; }
  SqlCatalog* operator->() { return catalog_.get(); }
  std::string path() const { return (directory_ / "stile.db").string(); }

  void close() { catalog_.reset(); }
  void reopen() {
    catalog_.reset();
    auto opened = SqlCatalog::open_blocking(path(), options_);
    CHECK(opened.has_value());
    catalog_ = std::move(*opened);
  }

 private:
  const SqlCatalogOptions options_;
  std::filesystem::path directory_;
  std::unique_ptr<SqlCatalog> catalog_;
};

}  // namespace stile::catalog
