// Files that are made to keep a judge busy: bombs for unpackers, boxes in boxes, sizes of nothing and of everything,
// circles. The sniffer unpacks nothing and looks at a bounded head, so each costs about what any file costs.
//
// Time is counted as the CPU time of this thread, and with a bound that only endless work exceeds.
#include <gtest/gtest.h>
#include <zlib.h>

#include <ctime>
#include <random>

#include "media/magic_pool.h"
#include "media/sniff.h"

namespace stile::media {
namespace {

using namespace std::string_literals;

const Sniffer& sniffer() {
  static const Sniffer all({"image/*", "video/*", "audio/*"});
  return all;
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Sanitizers cost up to twenty times the time.
constexpr double kMostSeconds = 2.0;

bool is_accepted(std::string_view file) {
  const auto found = sniffer().judge(as_bytes(file), true);
  return found && found->has_value();
}

// Judged whole and in pieces, as it comes off a line that trickles.
void expect_cheap(const std::string& what, const std::string& file) {
  const double begun = cpu_seconds();
  (void)sniffer().judge(as_bytes(file), true);
  for (std::size_t have = 1; have < std::min(file.size(), kSniffBytes); have = have * 2 + 1)
    (void)sniffer().judge(as_bytes(file).first(have), false);
  EXPECT_LT(cpu_seconds() - begun, kMostSeconds) << what;
}

std::string be32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
std::string be64(std::uint64_t value) {
  return be32(static_cast<std::uint32_t>(value >> 32)) + be32(static_cast<std::uint32_t>(value));
}
std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

// gzip of `bytes` zeros: a thousandth of it.
std::string gzip_of_zeros(std::size_t bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string zeros(1 << 20, '\0');
  std::string packed(deflateBound(&stream, bytes), '\0');
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  for (std::size_t done = 0; done < bytes; done += zeros.size()) {
    stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
    stream.avail_in = static_cast<uInt>(zeros.size());
    EXPECT_EQ(deflate(&stream, Z_NO_FLUSH), Z_OK);
  }
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

TEST(HostileHeads, AGzipBombIsNamedAndNotOpened) {
  const std::string bomb = gzip_of_zeros(64 << 20);
  ASSERT_LT(bomb.size(), 100'000u);
  MagicPool magic;
  EXPECT_EQ(magic.mime_of(as_bytes(bomb)), "application/gzip") << "of what is inside libmagic would say more";
  EXPECT_FALSE(is_accepted(bomb));
  expect_cheap("gzip", bomb);
}

TEST(HostileHeads, WhatAnArchiveHoldsIsNotLookedAt) {
  // A picture, packed: whoever unpacks it says image/png.
  const std::string png = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"s;
  std::string packed(200, '\0');
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(png.data()));
  stream.avail_in = static_cast<uInt>(png.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  EXPECT_EQ(MagicPool().mime_of(as_bytes(packed)), "application/gzip");
  EXPECT_FALSE(is_accepted(packed));
}

TEST(HostileHeads, OfOtherPackersOnlyTheSignatureIsRead) {
  for (const std::string& signature :
       {"PK\x03\x04\x14\0\0\0\x08\0"s,
        "\xFD"
        "7zXZ\0\0\x04"s,
        "BZh91AY&SY"s, "\x28\xB5\x2F\xFD"s, "\x1F\x9D\x90"s, "7z\xBC\xAF\x27\x1C"s, "Rar!\x1A\x07\x01\0"s,
        "\x04\x22\x4D\x18"s, "\x5D\0\0\x80\0\xFF\xFF\xFF\xFF"s, "LZIP\x01"s, "CWS\x0A\xFF\xFF\xFF\xFF\x78\xDA"s}) {
    const std::string file = signature + repeated("\0\xFF"s, 20'000);
    EXPECT_FALSE(is_accepted(file)) << signature;
    expect_cheap(signature, file);
  }
}

TEST(HostileHeads, BoxesInBoxesAreNotFollowedDown) {
  std::string nested;
  for (int depth = 0; depth < 900; ++depth)
    nested += be32(0x7fffffffu - static_cast<std::uint32_t>(depth) * 8) + "moov";
  const std::string ftyp = be32(16) + "ftypisom" + be32(0);
  expect_cheap("moov in moov", nested);
  expect_cheap("ftyp, moov in moov", ftyp + nested);
  expect_cheap("EBML masters",
               "\x1A\x45\xDF\xA3\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF" + repeated("\x18\x53\x80\x67\xFF", 9000));
  expect_cheap("lists in lists",
               "RIFF\xFF\xFF\xFF\xFF"
               "AVI " +
                   repeated("LIST\xFF\xFF\xFF\xFFhdrl", 9000));
}

TEST(HostileHeads, SizesOfNothingAndOfEverythingEndTheWalk) {
  const std::string ftyp = be32(16) + "ftypisom" + be32(0);
  for (const std::string& size : {be32(0), be32(1), be32(2), be32(7), be32(8), be32(0xffffffff)}) {
    for (std::string_view name : {"free", "moov", "wide", "mdat", "skip"}) {
      expect_cheap("boxes of one size", repeated(size + std::string(name), 9000));
      expect_cheap("behind ftyp", ftyp + repeated(size + std::string(name), 9000));
    }
  }
  for (std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{15}, std::uint64_t{16}, ~std::uint64_t{0},
        ~std::uint64_t{0} - 15, ~std::uint64_t{0} - 24, std::uint64_t{1} << 63}) {
    const std::string large = be32(1) + "free" + be64(size);
    expect_cheap("64 bit boxes", repeated(large, 9000));
    expect_cheap("64 bit boxes behind ftyp", ftyp + repeated(large, 9000));
  }
  for (const std::string& size : {"\0\0\0\0"s, "\xFF\xFF\xFF\xFF"s, "\xF8\xFF\xFF\xFF"s, "\xFF\xFF\xFF\x7F"s}) {
    expect_cheap("WAVE chunks", "RIFF" + size + "WAVE" + repeated("junk" + size, 9000));
    expect_cheap("AVI chunks", "RIFF" + size + "AVI " + repeated("junk" + size, 9000));
    expect_cheap("WebP chunks", "RIFF" + size + "WEBP" + repeated("ICCP" + size, 9000));
  }
  for (const std::string& size : {"\x80"s, "\xFF"s, "\x01\0\0\0\0\0\0\0"s, "\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s,
                                  "\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFE"s})
    expect_cheap("EBML elements", "\x1A\x45\xDF\xA3" + size + repeated("\xEC" + size, 9000));
}

TEST(HostileHeads, CirclesAndChainsEnd) {
  // The first directory of a TIFF file that says it stands at its own beginning, inside itself, and behind the end.
  for (std::uint32_t at : {0u, 1u, 8u, 10u, 8000u, 0xfffffff0u, 0xffffffffu}) {
    expect_cheap("TIFF", "MM\0*"s + be32(at) + repeated("\xFF\xFF\x01\x00\x00\x04\0\0\0\x01" + be32(at), 9000));
  }
  expect_cheap("JPEG segments of nothing", "\xFF\xD8" + repeated("\xFF\xE0\0\x02"s, 9000));
  expect_cheap("JPEG fill bytes", "\xFF\xD8" + std::string(9000, '\xFF'));
  expect_cheap("GIF blocks of nothing", "GIF89a\x01\0\x01\0\0\0\0"s + repeated("!\xFE\x01x\0"s, 9000));
  expect_cheap("GIF colours", "GIF89a\x01\0\x01\0\xF7\0\0"s + std::string(9000, '!'));
  expect_cheap("PNG text that could be unpacked",
               "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\xFF\xFF\0\0\xFF\xFF\x10\x06\0\0\0"s + be32(0) + be32(0x7fffffff) +
                   "zTXtcomment\0\0"s + repeated("\x78\xDA\xEC\xC1", 9000));
  expect_cheap("PNG profile", "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"s + be32(0) +
                                  be32(0xffffffff) + "iCCPx\0\0"s + std::string(9000, '\0'));
  expect_cheap("ID3 without end", "ID3\x04\0\0\x7F\x7F\x7F\x7F"s + repeated("TXXX\0\0\0\0\0\0"s, 9000));
  expect_cheap("Ogg pages of nothing", repeated("OggS\0\x02"s + std::string(20, '\0') + '\0', 9000));
  expect_cheap("FLAC blocks of nothing", "fLaC" + repeated("\x01\0\0\0"s, 9000));
  expect_cheap("ASF objects",
               "\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\x00\xAA\x00\x62\xCE\x6C"s + std::string(9000, '\0'));
}

TEST(HostileHeads, TextThatWouldKeepPatternsBusyDoesNot) {
  for (const std::string& piece :
       {"a"s, " "s, "\n"s, "<"s, "<!--"s, "((((("s, "%PDF"s, "#!"s, "\t \t"s, "a,b\n"s, "{\"a\":["s, "begin "s,
        "From: a\n"s, "/*"s, "\\begin{"s, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab"s})
    expect_cheap(piece, repeated(piece, 20'000));
}

TEST(HostileHeads, OnlyTheHeadIsReadHoweverMuchIsHandedIn) {
  const std::string small = repeated("\x89PNG\r\n", kSniffBytes).substr(0, kSniffBytes);
  std::mt19937 noise(1);
  std::string large = small;
  large.resize(32 << 20);
  for (std::size_t at = kSniffBytes; at < large.size(); at += 4096) large[at] = static_cast<char>(noise());
  const auto of_small = sniffer().judge(as_bytes(small), true), of_large = sniffer().judge(as_bytes(large), true);
  ASSERT_FALSE(of_small);
  ASSERT_FALSE(of_large);
  EXPECT_EQ(of_small.error().message, of_large.error().message);
  expect_cheap("32 MiB", large);
}

}  // namespace
}  // namespace stile::media
