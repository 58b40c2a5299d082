#include "media/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "base/crc32.h"

namespace stile::media {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

const Sniffer& sniffer() {
  static const Sniffer all({"image/*", "video/*", "audio/*"});
  return all;
}

// The content type of a whole file, or "refused: <message>".
std::string verdict(std::string_view file, const Sniffer& by = sniffer()) {
  const auto found = by.judge(as_bytes(file), true);
  if (!found) return "refused: " + found.error().message;
  return *found ? (*found)->content_type : "undecided";
}

// The same while more bytes are expected.
std::string first_impression(std::string_view head) {
  const auto found = sniffer().judge(as_bytes(head), false);
  if (!found) return "refused: " + found.error().message;
  return *found ? (*found)->content_type : "undecided";
}

std::string be32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
std::string le32(std::uint32_t value) {
  const auto big = be32(value);
  return {big.rbegin(), big.rend()};
}
std::string box(std::string_view name, std::string_view body) {
  return be32(static_cast<std::uint32_t>(8 + body.size())) + std::string(name) + std::string(body);
}
std::string movie(std::string_view major, std::string_view compatible = "isom") {
  return box("ftyp", std::string(major) + be32(0) + std::string(compatible)) + box("mdat", std::string(100, 'x'));
}
std::string picture(std::string_view major, std::string_view compatible) {
  return box("ftyp", std::string(major) + be32(0) + std::string(compatible)) + box("meta", std::string(100, '\0'));
}
std::string png(std::uint32_t width, std::uint32_t height, std::string_view depth_and_colour = "\x08\x02") {
  const auto header = "IHDR" + be32(width) + be32(height) + std::string(depth_and_colour) + "\0\0\0"s;
  return "\x89PNG\r\n\x1A\n" + be32(13) + header + be32(crc32_update(0, as_bytes(header))) + be32(1) + "IDATx\0\0\0\0"s;
}
std::string gif(std::string_view screen, std::string_view blocks) {
  return "GIF89a" + std::string(screen) + std::string(blocks);
}
const std::string kGifImage = ",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;"s;

// 128 kbit/s, 44.1 kHz, MPEG-1 layer III: 417 bytes each.
std::string mp3_frames(int count) {
  std::string frames;
  for (int i = 0; i < count; ++i) frames += "\xFF\xFB\x90\x64" + std::string(413, '\0');
  return frames;
}
std::string transport_packets(int count, std::size_t stride, std::string_view before = "") {
  std::string stream;
  for (int i = 0; i < count; ++i) {
    auto packet = i == 0 ? "\x47\x40\x00\x10\x00\x00\xB0\x0D"s : "\x47\x01\x00\x10"s;
    packet = std::string(before) + packet;
    packet.resize(stride, '\xFF');
    stream += packet;
  }
  return stream;
}
std::string ogg(std::string_view packet) {
  return "OggS\0\x02"s + std::string(20, '\0') + "\x01" + static_cast<char>(packet.size()) + std::string(packet) +
         "OggS\0\0"s + std::string(20, '\0') + "\x01\x01x";
}
std::string ebml(std::string_view type) {
  return "\x1A\x45\xDF\xA3" + std::string(1, static_cast<char>(0x80 | (3 + type.size()))) + "\x42\x82" +
         std::string(1, static_cast<char>(0x80 | type.size())) + std::string(type) +
         "\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
}

TEST(Sniffer, HasItsDatabase) { EXPECT_TRUE(sniffer().has_libmagic()); }

TEST(Sniffer, TakesBrandsForTypes) {
  EXPECT_EQ(verdict(movie("isom")), "video/mp4");
  EXPECT_EQ(verdict(movie("iso6")), "video/mp4");
  EXPECT_EQ(verdict(movie("mp42")), "video/mp4");
  EXPECT_EQ(verdict(movie("MSNV")), "video/mp4");
  EXPECT_EQ(verdict(movie("XAVC")), "video/mp4");
  EXPECT_EQ(verdict(movie("f4v ")), "video/mp4");
  EXPECT_EQ(verdict(movie("qt  ")), "video/quicktime");
  EXPECT_EQ(verdict(movie("M4A ")), "audio/mp4");
  EXPECT_EQ(verdict(movie("M4B ")), "audio/mp4");
  EXPECT_EQ(verdict(movie("3gp4")), "video/3gpp");
  EXPECT_EQ(verdict(movie("3g2a")), "video/3gpp2");
  EXPECT_EQ(verdict(picture("heic", "mif1heic")), "image/heic");
  EXPECT_EQ(verdict(picture("mif1", "mif1heic")), "image/heic");
  EXPECT_EQ(verdict(picture("msf1", "hevcmsf1")), "image/heic");
  EXPECT_EQ(verdict(picture("avif", "mif1avif")), "image/avif");
  EXPECT_EQ(verdict(picture("mif1", "mif1avif")), "image/avif");
}

TEST(Sniffer, RefusesUnknownBrandsAndWrongBoxes) {
  EXPECT_THAT(verdict(movie("evil")), HasSubstr("refused"));
  EXPECT_THAT(verdict(movie("jp2 ")), HasSubstr("refused"));
  EXPECT_THAT(verdict(movie("crx ")), HasSubstr("refused")) << "a raw photo although it is also isom";
  EXPECT_THAT(verdict(picture("mif1", "mif1jpeg")), HasSubstr("refused")) << "a coding that we do not list";
  EXPECT_THAT(verdict(movie("heic")), HasSubstr("image/heic")) << "mdat may come first";
  EXPECT_THAT(verdict(box("ftyp", "isom" + be32(0) + "isom") + "<html><script>alert(1)</script></html>"),
              HasSubstr("refused"));
  EXPECT_THAT(verdict(box("ftyp", "isom" + be32(0) + "isom")), HasSubstr("refused")) << "nothing behind the brand";
  EXPECT_THAT(verdict(be32(0) + "ftypisom" + std::string(100, 'x')), HasSubstr("refused"));
}

TEST(Sniffer, KnowsQuickTimeOlderThanBrands) {
  const auto header = box("mvhd", std::string(100, '\0'));
  EXPECT_EQ(verdict(box("moov", header)), "video/quicktime");
  EXPECT_EQ(verdict(box("wide", "") + box("mdat", std::string(300, 'x')) + box("moov", header)), "video/quicktime");
  EXPECT_EQ(verdict(box("free", std::string(64, '\0')) + box("moov", header)), "video/quicktime");
  EXPECT_EQ(verdict(be32(50'000'000) + "mdat" + std::string(kSniffBytes, '\x91')), "video/quicktime")
      << "moov at the end";
  EXPECT_THAT(verdict(box("mdat", std::string(300, 'x'))), HasSubstr("refused")) << "no movie header";
  EXPECT_THAT(verdict(box("moov", "free text, no movie header")), HasSubstr("refused"));
  EXPECT_THAT(verdict("<!--mdat--><html><script>alert(1)</script>" + std::string(kSniffBytes, ' ')),
              HasSubstr("refused"));
}

TEST(Sniffer, TellsRiffKindsApart) {
  const auto riff = [](std::string_view form, std::string_view rest) {
    return "RIFF" + le32(static_cast<std::uint32_t>(4 + rest.size())) + std::string(form) + std::string(rest);
  };
  const auto format = "fmt " + le32(16) + "\1\0\1\0"s + le32(8000) + le32(16000) + "\2\0\x10\0"s;
  EXPECT_EQ(verdict(riff("WAVE", format + "data" + le32(0))), "audio/wav");
  EXPECT_EQ(verdict(riff("WAVE", "JUNK" + le32(4) + "abcd" + format)), "audio/wav");
  EXPECT_EQ(verdict(riff("AVI ", "LIST" + le32(200) + "hdrlavih" + le32(56) + std::string(56, '\0'))),
            "video/x-msvideo");
  EXPECT_EQ(verdict(riff("WEBP", "VP8L" + le32(20) + "\x2F" + std::string(19, '\0'))), "image/webp");
  EXPECT_THAT(verdict(riff("ACON", std::string(60, 'x'))), HasSubstr("refused"));
  EXPECT_THAT(verdict(riff("WEBP", "EVIL" + le32(20) + std::string(20, '\0'))), HasSubstr("refused"));
  EXPECT_THAT(verdict(riff("WAVE", "<script>alert(1)</script>")), HasSubstr("refused"));
}

TEST(Sniffer, TellsWebmFromMatroskaAndOthers) {
  EXPECT_EQ(verdict(ebml("webm")), "video/webm");
  EXPECT_EQ(verdict(ebml("matroska")), "video/x-matroska");
  EXPECT_THAT(verdict(ebml("evil")), HasSubstr("refused"));
  EXPECT_THAT(verdict(ebml("webmx")), HasSubstr("refused"));
}

TEST(Sniffer, WaitsForWhatIsBehindAGapInAMatroskaFile) {
  const std::string whole = ebml("matroska"), header = whole.substr(0, whole.size() - 12);
  const std::string file = header + "\xEC\x50\x00"s + std::string(0x1000, '\0') + whole.substr(header.size());
  for (const std::size_t seen : {header.size() + 12, header.size() + 0x1000, file.size() - 1})
    EXPECT_EQ(first_impression(std::string_view(file).substr(0, seen)), "undecided") << seen;
  EXPECT_EQ(verdict(file), "video/x-matroska");
}

// A field that begins in the header and ends behind it: no header, however many bytes are there.
TEST(Sniffer, AFieldThatLeavesItsHeaderIsRefusedHoweverMuchIsSeen) {
  std::string file = ebml("webm") + std::string(1'000, '\0');
  file.insert(12, "\xEC");
  file[4] = static_cast<char>(static_cast<unsigned char>(file[4]) + 1);
  for (const std::size_t seen : {std::size_t{13}, std::size_t{30}, file.size()})
    EXPECT_THAT(verdict(file.substr(0, seen)), HasSubstr("refused")) << seen;
}

TEST(Sniffer, TellsOggKindsApart) {
  EXPECT_EQ(verdict(ogg("\x01vorbis" + std::string(20, '\0'))), "audio/ogg");
  EXPECT_EQ(verdict(ogg("OpusHead" + std::string(11, '\0'))), "audio/ogg");
  EXPECT_EQ(verdict(ogg("\x7F"
                        "FLAC\x01" +
                        std::string(20, '\0'))),
            "audio/ogg");
  EXPECT_EQ(verdict(ogg("Speex   " + std::string(20, '\0'))), "audio/ogg");
  EXPECT_EQ(verdict(ogg("\x80theora" + std::string(20, '\0'))), "video/ogg");
  EXPECT_THAT(verdict(ogg("evil codec of nobody")), HasSubstr("refused"));
}

TEST(Sniffer, HearsTheRhythmOfTransportPackets) {
  EXPECT_EQ(verdict(transport_packets(20, 188)), "video/mp2t");
  EXPECT_EQ(verdict(transport_packets(20, 204)), "video/mp2t");
  EXPECT_EQ(verdict(transport_packets(20, 192, "\x01\x02\x03\x04")), "video/mp2t");
  EXPECT_EQ(verdict(transport_packets(100, 188)), "video/mp2t");
  auto broken = transport_packets(20, 188);
  broken[std::size_t{188} * 10] = 'X';
  EXPECT_THAT(verdict(broken), HasSubstr("refused"));
  std::string text(kSniffBytes, 'a');
  for (std::size_t at = 0; at < text.size(); at += 188) text.replace(at, 4, "Gabc");
  EXPECT_THAT(verdict(text), HasSubstr("plain text")) << "a letter G at every 188th place is no stream";
}

TEST(Sniffer, KnowsProgramStreams) {
  const auto pack = "\0\0\x01\xBA\x44\x00\x04\x00\x04\x01\x00\x00\x03\xF8"s;
  EXPECT_EQ(verdict(pack + "\0\0\x01\xBB"s + std::string(100, '\0')), "video/mpeg");
  EXPECT_EQ(verdict("\0\0\x01\xBA\x21\0\x01\0\x01\x80\0\x01\0\0\x01\xBB"s + std::string(100, '\0')), "video/mpeg");
  EXPECT_THAT(verdict(pack + "<script>alert(1)</script>"), HasSubstr("refused"));
}

TEST(Sniffer, WantsSeveralFramesOfAnMp3) {
  EXPECT_EQ(verdict(mp3_frames(4)), "audio/mpeg");
  EXPECT_EQ(verdict(mp3_frames(40)), "audio/mpeg");
  EXPECT_EQ(verdict(mp3_frames(2) + "TAG" + std::string(125, ' ')), "audio/mpeg")
      << "short, with an old tag at the end";
  EXPECT_THAT(verdict(mp3_frames(1) + std::string(2000, 'x')), HasSubstr("refused"));
  EXPECT_THAT(verdict("\xFF\xFB\x90\x64<html><script>alert(1)</script>" + std::string(kSniffBytes, ' ')),
              HasSubstr("refused"));
}

TEST(Sniffer, LooksBehindAnId3Tag) {
  const auto tag = "ID3\3\0\0\0\0\0\x0FTIT2\0\0\0\5\0\0\0abcd"s;
  EXPECT_EQ(verdict(tag + mp3_frames(4)), "audio/mpeg");
  EXPECT_EQ(verdict(tag + std::string(64, '\0') + mp3_frames(4)), "audio/mpeg") << "padding behind the tag";
  EXPECT_EQ(verdict(tag + "fLaC" + std::string(100, '\0')), "audio/flac");
  EXPECT_THAT(verdict(tag + "<html><script>alert(1)</script></html>"), HasSubstr("refused"));
  EXPECT_THAT(verdict(tag), HasSubstr("refused")) << "a tag and no sound";
  EXPECT_THAT(verdict("ID3 is the name of a tag format. " + std::string(kSniffBytes, 'x')), HasSubstr("refused"));
  const auto large = "ID3\3\0\0\0\x02\0\0APIC\0\0\x7F\0\0\0"s + std::string(kSniffBytes, '\x91');
  EXPECT_EQ(verdict(large), "audio/mpeg") << "a cover longer than the head";
}

TEST(Sniffer, ChecksPngHeaders) {
  EXPECT_EQ(verdict(png(10, 10)), "image/png");
  EXPECT_THAT(verdict(png(0, 10)), HasSubstr("damaged PNG"));
  EXPECT_THAT(verdict(png(10, 10, "\x03\x02")), HasSubstr("refused")) << "three bits per sample do not exist";
  auto broken = png(10, 10);
  broken[30] ^= 1;
  EXPECT_THAT(verdict(broken), HasSubstr("refused")) << "checksum of the header";
}

TEST(Sniffer, SeesThroughGifScripts) {
  EXPECT_EQ(verdict(gif("\x01\0\x01\0\0\0\0"s, kGifImage)), "image/gif");
  EXPECT_EQ(verdict(gif("\x01\0\x01\0\x80\0\0"s, "abcdef!\xF9\4\0\0\0\0\0"s + kGifImage)), "image/gif");
  EXPECT_THAT(verdict("GIF89a=1;alert(1)"), HasSubstr("refused"));
  EXPECT_THAT(verdict("GIF89a/*" + std::string(40, '\0') + "*/=1;alert(1)"), HasSubstr("refused"));
  EXPECT_THAT(verdict(gif("/*\x01\0\0\0\0"s, kGifImage)), HasSubstr("refused"))
      << "a whole GIF that is a script as well";
  EXPECT_THAT(verdict("GIF89a\n<?php system($_GET['c']); ?>"), HasSubstr("refused"));
  EXPECT_THAT(verdict(gif("\0\0\x01\0\0\0\0"s, kGifImage)), HasSubstr("refused")) << "no width";
  EXPECT_THAT(verdict(gif("\x01\0\x01\0\0\0\0"s, ";")), HasSubstr("refused")) << "no image";
}

TEST(Sniffer, ChecksTiffDirectories) {
  const auto entry = "\0\1\3\0\1\0\0\0\x40\1\0\0"s;
  EXPECT_EQ(verdict("II*\0\x08\0\0\0\1\0"s + entry + be32(0)), "image/tiff");
  EXPECT_THAT(verdict("II*\0\x08\0\0\0\1\0"s + "\0\1\x77\7\1\0\0\0\x40\1\0\0"s + be32(0)), HasSubstr("refused"));
  EXPECT_EQ(verdict("MM\0*\0\1\0\0"s + std::string(kSniffBytes, '\x91')), "image/tiff") << "directory at the end";
  EXPECT_THAT(verdict("II*\0\0\0\1\0<html><script>"s + std::string(kSniffBytes, ' ')), HasSubstr("refused"));
}

TEST(Sniffer, KnowsSoundAndFilmHeaders) {
  EXPECT_EQ(verdict("FLV\1\5\0\0\0\x09\0\0\0\0\x12\0\0\1"s + std::string(20, '\0')), "video/x-flv");
  EXPECT_THAT(verdict("FLV\2\5\0\0\0\x09\0\0\0\0\x12"s + std::string(20, '\0')), HasSubstr("refused"));
  EXPECT_EQ(verdict("fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0A\xC4\x42\xF0"s + std::string(40, '\0')), "audio/flac");
  EXPECT_THAT(verdict("fLaC is an audio format" + std::string(40, ' ')), HasSubstr("refused"));
}

TEST(Sniffer, NamesWhatItRefuses) {
  const std::string end = " Photos, videos and audio files are accepted.";
  const auto looks_like = [&](std::string_view what) {
    return "refused: This looks like " + std::string(what) + "." + end;
  };
  EXPECT_EQ(verdict("%PDF-1.4\n1 0 obj"), looks_like("a PDF document"));
  EXPECT_EQ(verdict(std::string(1000, '\n') + "%PDF-1.4\n"), looks_like("a PDF document"));
  EXPECT_EQ(verdict("<svg xmlns='http://www.w3.org/2000/svg'/>"), looks_like("an SVG drawing"));
  EXPECT_EQ(verdict("<?xml version='1.0'?><!-- x --><svg:svg/>"), looks_like("an SVG drawing"));
  EXPECT_EQ(verdict("\xEF\xBB\xBF \n<!-- x -->\n<!DOCTYPE html><p>"), looks_like("a web page"));
  EXPECT_EQ(verdict("<HTML><BODY>"), looks_like("a web page"));
  EXPECT_EQ(verdict("<?xml version='1.0'?><data/>"), looks_like("an XML document"));
  EXPECT_EQ(verdict("\x7F"
                    "ELF\2\1\1" +
                    std::string(60, '\0')),
            looks_like("a program"));
  EXPECT_EQ(verdict("MZ\x90" + std::string(60, '\0')), looks_like("a program"));
  EXPECT_EQ(verdict("#!/bin/sh\necho hello\n"), looks_like("a script"));
  EXPECT_EQ(verdict("<?php echo 1; ?>"), looks_like("a script"));
  EXPECT_EQ(verdict("PK\3\4" + std::string(60, 'x')), looks_like("a ZIP archive or an office document"));
  EXPECT_EQ(verdict("Just a few words of text.\n"), looks_like("plain text"));
  EXPECT_EQ(verdict("{\"a\": [1, 2, 3], \"b\": null}\n"), looks_like("a JSON document"));
  EXPECT_EQ(verdict("\xFF\xD8\xFF\xE0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"s), looks_like("a damaged JPEG image"));
  std::string noise;
  for (int i = 1; i < 200; ++i) noise += static_cast<char>(i * 89 ^ 0xA5);
  EXPECT_EQ(verdict(noise), "refused: The type of this file could not be recognised." + end);
}

TEST(Sniffer, ReportsAnEmptyFileAsEmpty) {
  const auto found = sniffer().judge({}, true);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::empty_file);
  EXPECT_EQ(first_impression(""), "undecided");
}

TEST(Sniffer, RefusesAsSoonAsTheFirstBytesAreSeen) {
  for (std::string_view start : {"<html", "%PDF", "<svg ",
                                 "\x7F"
                                 "ELF",
                                 "PK\3\4", "<?xml ve", "#!/bin/s", "<!DOCTYPE", "Dear dia", "MZ\x90zzzzzz"}) {
    EXPECT_THAT(first_impression(start), HasSubstr("refused")) << start;
  }
}

TEST(Sniffer, WaitsWhileItCannotKnow) {
  for (std::string_view start : {std::string_view("\xFF"), std::string_view("\xFF\xD8\xFF"), std::string_view("RIFF"),
                                 std::string_view("\0\0\0", 3),
                                 std::string_view("\0\0\0\x20"
                                                  "ftyp",
                                                  8),
                                 std::string_view("GIF8"), std::string_view("ID3"), std::string_view("\x47")}) {
    EXPECT_EQ(first_impression(start), "undecided") << testing::PrintToString(start);
  }
}

TEST(Sniffer, WaitsForThePlaceWhereAPdfCouldHide) {
  const auto good = png(10, 10);
  EXPECT_EQ(first_impression(good), "undecided");
  EXPECT_EQ(first_impression(good + std::string(1000, 'x')), "image/png");
  EXPECT_THAT(first_impression(good + std::string(500, 'x') + "%PDF-1.7"), HasSubstr("PDF"));
  EXPECT_THAT(verdict(good + std::string(500, 'x') + "%PDF-1.7"), HasSubstr("PDF"));
}

TEST(Sniffer, ObeysTheAcceptedList) {
  const Sniffer photos({"image/*"});
  EXPECT_EQ(verdict(png(10, 10), photos), "image/png");
  EXPECT_EQ(verdict(mp3_frames(5), photos), "refused: This looks like an MP3 audio file. Photos are accepted.");
  const Sniffer some({"image/jpeg", "video/*", "audio/flac"});
  EXPECT_EQ(verdict(png(10, 10), some),
            "refused: This looks like a PNG image. JPEG images, videos and FLAC audio files are accepted.");
}

TEST(Sniffer, NeverAcceptsNoise) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::string noise(1 + random() % 3000, '\0');
    for (auto& c : noise) c = static_cast<char>(random());
    ASSERT_THAT(verdict(noise), HasSubstr("refused"));
  }
}

TEST(Sniffer, MayBeUsedByManyThreads) {
  const auto file = "MM\0*\0\1\0\0"s + std::string(kSniffBytes, '\x91');  // one that libmagic is asked about
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 20; ++round) right += verdict(file) == "image/tiff";
      });
    }
  }
  EXPECT_EQ(right, 160);
}

TEST(Types, HaveExtensionsAndBelongToClasses) {
  for (const auto& type : known_types()) {
    EXPECT_NE(extension_for(type), "bin") << type;
    EXPECT_TRUE(type_is_in({"image/*", "video/*", "audio/*"}, type)) << type;
  }
  EXPECT_EQ(extension_for("image/jpeg"), "jpg");
  EXPECT_EQ(extension_for("text/html"), "bin");
  EXPECT_FALSE(type_is_in({"image/*"}, "video/mp4"));
  EXPECT_FALSE(type_is_in({"image/jp*"}, "image/jpeg"));
}

TEST(Types, FindMistakesInSettings) {
  EXPECT_THAT(unknown_types({"image/*", "video/mp4", "image/jpg", "photos/*", ""}),
              testing::ElementsAre("image/jpg", "photos/*", ""));
}

}  // namespace
}  // namespace stile::media
