// One probe per container: does this head have the structure of an X? No names, no libmagic, no I/O.
//
// Each answers no, "more bytes, please", weak or strong (head.h). The signatures exclude each other, so at most one
// probe is ever sure. Bounded: no probe looks at more than the head, loops are limited by its length.
#pragma once

#include <array>

#include "media/head.h"

namespace stile::media {

Finding probe_jpeg(const Head& head);
Finding probe_png(const Head& head);
Finding probe_gif(const Head& head);   // refuses a "GIF" whose screen, blocks or image make no sense
Finding probe_tiff(const Head& head);  // classic and BigTIFF
Finding probe_riff(const Head& head);  // WebP, AVI, WAV (RF64 too)
Finding probe_iso(const Head& head);   // MP4, QuickTime, 3GP, M4A, HEIC, AVIF: brands, and QuickTime older than brands
Finding probe_ebml(const Head& head);  // WebM, Matroska
Finding probe_ogg(const Head& head);
Finding probe_asf(const Head& head);  // WMV, WMA
Finding probe_flv(const Head& head);
Finding probe_flac(const Head& head);
Finding probe_transport_stream(const Head& head);  // packets of 188, 192 (with time stamp) and 204 (with parity) bytes
Finding probe_program_stream(const Head& head);
Finding probe_mp3(const Head& head);  // layers I to III, with or without an ID3v2 tag; also FLAC behind such a tag

using Probe = Finding (*)(const Head&);
inline constexpr std::array<Probe, 14> kProbes = {
    probe_jpeg,           probe_png, probe_gif, probe_tiff, probe_riff, probe_iso,
    probe_ebml,           probe_ogg, probe_asf, probe_flv,  probe_flac, probe_transport_stream,
    probe_program_stream, probe_mp3};

}  // namespace stile::media
