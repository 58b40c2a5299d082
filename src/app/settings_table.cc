#include "app/settings_table.h"

#include <array>
#include <limits>

#include "base/bytes.h"

namespace stile::app {
namespace {

constexpr std::uint64_t kGiB = 1024 * kMiB;
constexpr std::uint64_t kTiB = 1024 * kGiB;
constexpr std::uint64_t kSecond = 1000;  // durations are bounded in milliseconds
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kId = std::numeric_limits<std::int32_t>::max();

// One row per paragraph reads better than one argument per line.
// clang-format off
#define AT(member) [](Settings& settings) -> Slot { return &settings.member; }

constexpr auto kTable = std::to_array<Setting>({
    // server
    {"server.listen", AT(server.listen), Kind::host_port, "127.0.0.1:8023", {},
     "Address and port to accept connections on, without TLS; port 0 takes a free one, empty: none.",
     "Loopback: nothing is reachable from outside until you say so.", "--listen"},
    {"server.data", AT(server.data), Kind::path, "./data", {},
     "Directory of the catalog, the staging area and the archive; one file system, so that publishing is a rename.",
     "A trial leaves everything in one place that can be deleted.", "--data"},
    {"server.domain", AT(server.domain), Kind::domain, "", {},
     "Name of the site in replies; empty: the host of server.listen.",
     "A trial needs no name; an installation sets its own.", "--domain"},
    {"server.public_url", AT(server.public_url), Kind::url, "", {},
     "Scheme and host that clients use, for links in replies; empty: the request's scheme, the domain and the port.",
     "Right without a proxy; behind one only the operator knows it.", "--public-url"},
    {"server.loops", AT(server.loops), Kind::count, "0", {0, 256},
     "Event loops, one thread each; 0: one per core.",
     "A loop never waits for the disk, so one per core keeps the machine busy."},
    {"server.max_connections", AT(server.max_connections), Kind::count, "12000", {1, 1000000},
     "Connections open at once; further ones are answered with 503.",
     "Ten thousand idle uploaders fit, with room for API calls, in small memory."},
    {"server.max_connections_per_address", AT(server.max_connections_per_address), Kind::count, "1000", {0, 1000000},
     "Connections open at once from one address (of IPv6, one /64), those of proxy.trusted excepted; further ones are "
     "answered with 503; 0: any number.",
     "A browser opens six, so a hundred and sixty people of one office fit; nobody takes all places alone."},
    {"server.max_head_bytes", AT(server.max_head_bytes), Kind::bytes, "16 KiB", {1 * kKiB, 1 * kMiB},
     "Largest request line and headers together.", "Room for long cookies and URLs, too small to fill memory with."},
    {"server.head_timeout", AT(server.head_timeout), Kind::duration, "15 s", {1 * kSecond, 10 * kMinute},
     "Time for a complete request head from its first byte.",
     "Plenty for a phone; short for who sends a byte a minute."},
    {"server.idle_timeout", AT(server.idle_timeout), Kind::duration, "60 s", {1 * kSecond, 1 * kHour},
     "How long a kept-alive connection may wait for its next request.",
     "Spans a paused chunk queue; most proxies give up at the same time."},
    {"server.body_timeout", AT(server.body_timeout), Kind::duration, "60 s", {1 * kSecond, 1 * kHour},
     "How long a body may stand still before the connection is dropped.",
     "Mobile networks pause for tens of seconds; the client resumes if it was longer."},
    {"server.min_body_rate", AT(server.min_body_rate), Kind::bytes_per_second, "1 KiB", {0, 1 * kGiB},
     "Slowest acceptable average of a body, after server.body_rate_grace; 0: any.",
     "Below a modem's rate it is an attack or a dead link."},
    {"server.body_rate_grace", AT(server.body_rate_grace), Kind::duration, "30 s", {0, 1 * kHour},
     "Time before server.min_body_rate is enforced.", "A start over a bad link gets its chance."},
    {"server.write_timeout", AT(server.write_timeout), Kind::duration, "60 s", {1 * kSecond, 1 * kHour},
     "How long a reply may stand still because the client does not read it.", "The same patience as for bodies."},
    {"server.early_refusal_bytes", AT(server.early_refusal_bytes), Kind::bytes, "256 MiB", {0, 1 * kTiB},
     "How much of a refused body is read and dropped, so that the client gets to read the answer.",
     "Browsers send everything before they read, and may report a reset instead of our words otherwise."},
    {"server.early_refusal_time", AT(server.early_refusal_time), Kind::duration, "60 s", {0, 10 * kMinute},
     "How long a refused body is read and dropped.",
     "A form of 100 MB at 14 Mbit/s; it costs a connection and no more."},
    {"server.drain_timeout", AT(server.drain_timeout), Kind::duration, "20 s", {0, 1 * kHour},
     "After SIGTERM: time for requests under way before connections are cut.",
     "Less than the 90 s after which systemd kills; what is cut resumes."},
    {"server.metrics", AT(server.metrics), Kind::choice, "loopback", {},
     "Who may read /metrics: nobody, the same host when no proxy stands in between, or everybody.",
     "They tell nothing about anybody, but how busy the server is is not for strangers."},

    // tls
    {"tls.listen", AT(tls.listen), Kind::host_port, "", {},
     "Address and port to accept https on, beside server.listen or alone; empty: none.",
     "Needs a certificate first; 0.0.0.0:443 is what browsers and most clients expect."},
    {"tls.certificate", AT(tls.certificate), Kind::optional_path, "", {},
     "PEM file with the certificate, and behind it those that lead to a root.",
     "What certbot calls fullchain.pem."},
    {"tls.key", AT(tls.key), Kind::optional_path, "", {},
     "PEM file with the certificate's private key, without a passphrase.", "What certbot calls privkey.pem."},
    {"tls.handshake_timeout", AT(tls.handshake_timeout), Kind::duration, "10 s", {100, 5 * kMinute},
     "Time for a TLS handshake, from the connection on.", "Several round trips of a bad mobile network."},
    {"tls.check_every", AT(tls.check_every), Kind::duration, "60 s", {0, 30 * kDay},
     "How often to look whether the two files have changed, and then to use them; 0: only at SIGHUP.",
     "A renewed certificate is in use within a minute, whoever renewed it."},

    // proxy
    {"proxy.trusted", AT(proxy.trusted), Kind::networks, "", {},
     "Addresses and networks of proxies in front of Stile, whose word counts for what clients asked; empty: nobody's.",
     "Anybody can send these headers; only you know who is a proxy."},
    {"proxy.headers", AT(proxy.headers), Kind::proxy_headers, "X-Forwarded-For, X-Forwarded-Proto", {},
     "Headers that are believed when a trusted proxy sends them: X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, "
     "Forwarded.",
     "What every proxy sets; name one only if yours sets or removes it, or clients could send their own through it."},

    // upload
    {"upload.durability", AT(upload.durability), Kind::choice, "chunk", {},
     "When bytes are synced: before each chunk is acknowledged, once at the finish, or never (benchmarks only).",
     "Acknowledged means on disk.", "--durability"},
    {"upload.max_file_bytes", AT(upload.max_file_bytes), Kind::bytes, "1 TiB", {1, 8192 * kTiB},
     "Largest file.", "Beyond any camera; the disk's low-water mark is the real limit."},
    {"upload.max_chunk_bytes", AT(upload.max_chunk_bytes), Kind::bytes, "2 GiB", {1, 8192 * kTiB},
     "Largest body of one chunk; plain forms are bounded by upload.max_file_bytes.",
     "Clients use 1 to 100 MiB; a chunk is what has to be sent again after a cut."},
    {"upload.max_form_fields", AT(upload.max_form_fields), Kind::count, "200", {10, 10000},
     "Fields of one form, files included.", "The richest known client sends about thirty."},
    {"upload.max_field_bytes", AT(upload.max_field_bytes), Kind::bytes, "64 KiB", {1 * kKiB, 16 * kMiB},
     "Largest form field that is not the file.", "A long description fits."},
    {"upload.max_form_bytes", AT(upload.max_form_bytes), Kind::bytes, "1 MiB", {1 * kKiB, 64 * kMiB},
     "All fields of one form together, the file not counted.", "Bounds the memory that a form can take."},
    {"upload.form_memory", AT(upload.form_memory), Kind::bytes, "64 MiB", {1 * kMiB, 1024 * kGiB},
     "The fields of all forms together, beyond 16 KiB of each; then 503 for larger ones.",
     "Whoever opens a thousand connections gets no gigabyte. Forms of known clients have less than 16 KiB."},
    {"upload.accepted_types", AT(upload.accepted_types), Kind::media_types, "image/*, video/*, audio/*", {},
     "Content types to accept, judged by content and not by name; a * stands for the known types of its kind.",
     "All photos, films and sounds that are recognised, and nothing a browser would run."},
    {"upload.grace", AT(upload.grace), Kind::duration, "24 h", {0, 30 * kDay},
     "How long an upload under way may go on after its token expired.",
     "A film over a slow line, begun in time, is not thrown away (I6)."},
    {"upload.replay", AT(upload.replay), Kind::duration, "24 h", {24 * kHour, 365 * kDay},
     "How long after the finish a repeated last request gets the same answer.",
     "Covers a night with the laptop closed; never less (I6)."},
    {"upload.abandon_after", AT(upload.abandon_after), Kind::duration, "48 h", {1 * kMinute, 365 * kDay},
     "After this long without a byte an unfinished upload is deleted.",
     "Longer than a weekend day, so that tomorrow still resumes."},
    {"upload.max_open_per_token", AT(upload.max_open_per_token), Kind::count, "64", {1, 100000},
     "Uploads of one token under way at once.", "Bounds the disk space one link can reserve (I5)."},
    {"upload.max_spools", AT(upload.max_spools), Kind::count, "1024", {1, 10000},
     "Bodies at once whose file comes before its token, so that they are stored without knowing whose they are.",
     "Old clients do this; strangers cannot fill the disk with it."},
    {"upload.block_bytes", AT(upload.block_bytes), Kind::bytes, "256 KiB", {4 * kKiB, 16 * kMiB},
     "Size of the buffers between socket and disk; a multiple of 4 KiB.",
     "Measured: a hop to the disk pool costs about 90 us, which 256 KiB make negligible."},
    {"upload.blocks", AT(upload.blocks), Kind::count, "256", {2, 1000000},
     "Buffers in the pool; an active body holds at most two.", "64 MiB in all, and 128 bodies at full speed."},
    {"upload.retry_delay", AT(upload.retry_delay), Kind::duration, "1 s", {0, 1 * kMinute},
     "How long a 503 is held back.", "Resumable.js retries at once, up to 100 times (I7)."},
    {"upload.low_water_bytes", AT(upload.low_water_bytes), Kind::bytes, "256 MiB", {0, 8192 * kTiB},
     "Free disk space that uploads leave alone.", "The catalog can still write, and so can whoever cleans up."},

    // token
    {"token.valid_minutes", AT(token.valid_minutes), Kind::minutes, "180", {1, 525600},
     "Life of a token that does not ask for one.", "The interface's documented default."},
    {"token.min_valid_minutes", AT(token.min_valid_minutes), Kind::minutes, "15", {1, 525600},
     "Shortest life that can be asked for; shorter wishes are raised.", "The interface's documented minimum."},
    {"token.max_valid_minutes", AT(token.max_valid_minutes), Kind::minutes, "1440", {1, 525600},
     "Longest life that can be asked for; longer wishes are lowered.", "The interface's documented maximum: a day."},
    {"token.max_uploads_v1", AT(token.max_uploads_v1), Kind::count, "100", {1, 1000000},
     "Most files per token through /api.", "The interface's documented maximum."},
    {"token.max_uploads_v2", AT(token.max_uploads_v2), Kind::count, "1000", {1, 1000000},
     "Most files per token through /api/2.", "The interface's documented maximum."},
    {"token.watch_every", AT(token.watch_every), Kind::duration, "5 s", {100, 10 * kMinute},
     "How often the server looks whether another process, such as the command line, has revoked or extended tokens.",
     "One look by a key; what is revoked through the API takes effect at once."},
    {"token.keep_ended", AT(token.keep_ended), Kind::duration, "90 d", {0, 3650 * kDay},
     "How long a token is remembered after its end; 0: for ever. One that a photo came by stays as long as the photo.",
     "Whoever asks what became of a link asks within weeks; then only what nobody used goes."},

    // disk, db, out
    {"disk.threads", AT(disk.threads), Kind::count, "4", {1, 1024},
     "Threads that read, write and sync files.", "Enough for one disk; raise it for arrays and network storage."},
    {"disk.queue", AT(disk.queue), Kind::count, "1024", {1, 1000000},
     "File jobs that may wait; beyond it clients get 503.",
     "More than all buffers: it fills only when the disk is stuck."},
    {"db.queue", AT(db.queue), Kind::count, "4096", {1, 1000000},
     "Catalog writes that may wait; beyond it clients get 503.", "About a second of group commits."},
    {"db.readers", AT(db.readers), Kind::count, "2", {1, 256},
     "Threads that read the catalog beside its one writer.", "Reads are short and come from the page cache."},
    {"out.threads", AT(out.threads), Kind::count, "4", {1, 256},
     "Threads that call other servers (callbacks).", "A few slow receivers do not hold up the rest."},
    {"out.queue", AT(out.queue), Kind::count, "256", {1, 100000},
     "Outbound calls that may wait in memory; the rest waits in the catalog.",
     "The outbox is durable, so memory holds little."},

    // scrub
    {"scrub.every", AT(scrub.every), Kind::duration, "30 d", {0, 3650 * kDay},
     "How often every file of the archive is read again and compared with its CRC-32; 0: never.",
     "A disk that forgets is noticed while the backups still have the file."},
    {"scrub.max_rate", AT(scrub.max_rate), Kind::bytes_per_second, "8 MiB", {1 * kKiB, 1 * kTiB},
     "Fastest that the archive is read again.",
     "A fraction of any disk's rate; 20 TiB within scrub.every."},

    // notify
    {"notify.allow_private_addresses", AT(notify.allow_private_addresses), Kind::flag, "false", {},
     "Whether callbacks may go to loopback, private and link-local addresses.",
     "Whoever can name a return URL could reach into the network otherwise."},
    {"notify.connect_timeout", AT(notify.connect_timeout), Kind::duration, "5 s", {100, 10 * kMinute},
     "Time for a callback's connection.", "A host that answers at all does so in less."},
    {"notify.total_timeout", AT(notify.total_timeout), Kind::duration, "15 s", {100, 1 * kHour},
     "Time for a whole callback.", "Long enough for a slow script; a thread is held meanwhile."},
    {"notify.first_retry", AT(notify.first_retry), Kind::duration, "2 s", {10, 1 * kHour},
     "Wait before the second attempt; doubled each time.", "A restart of the receiver is bridged at once."},
    {"notify.max_retry", AT(notify.max_retry), Kind::duration, "1 h", {10, 7 * kDay},
     "Longest wait between attempts.", "A receiver that is back hears of it within the hour."},
    {"notify.give_up_after", AT(notify.give_up_after), Kind::duration, "24 h", {1 * kSecond, 365 * kDay},
     "After this long an undelivered callback is kept, marked dead, and not tried again.",
     "An outage is noticed within a day."},
    {"notify.keep_delivered", AT(notify.keep_delivered), Kind::duration, "30 d", {0, 3650 * kDay},
     "How long callbacks, pingbacks and webhooks that were delivered are remembered; 0: for ever.",
     "For questions of the receiver; every photo has several."},
    {"notify.keep_dead", AT(notify.keep_dead), Kind::duration, "180 d", {0, 3650 * kDay},
     "The same for those that were given up and can be sent again; 0: for ever.",
     "Somebody still has to be told; half a year is long enough to notice."},
    {"notify.max_webhooks", AT(notify.max_webhooks), Kind::count, "50", {0, 100000},
     "Webhooks of one application; each change of a photo is told to all of them.",
     "A receiver per event and environment; bounds what one change costs."},
    {"notify.max_failure_callbacks", AT(notify.max_failure_callbacks), Kind::count, "10", {0, 1000000},
     "Failed uploads of one token that its return_url is told of within a minute.",
     "A person's mistakes are all told; who fails on purpose does not flood the back end."},

    // cors
    {"cors.origins", AT(cors.origins), Kind::origins, "*", {},
     "Origins whose pages may call the API.",
     "The token is the permission, and it is sent explicitly: no cookies, no secrets to steal."},

    // photo
    {"photo.variables", AT(photo.variables), Kind::names, "", {},
     "Names of custom variables: parameters that are kept with a photo, shown by photo/list and searched there.",
     "Only the operator knows what else photos have."},
    {"photo.max_variable_bytes", AT(photo.max_variable_bytes), Kind::count, "500", {1, 2000},
     "Longest value of a custom variable, in bytes.", "They are kept in an index, which grows with them."},
    {"photo.keep_removed_files", AT(photo.keep_removed_files), Kind::duration, "1 h", {0, 365 * kDay},
     "How long files of deleted and replaced photos, which nobody is shown any more, stay on the disk; 0: not at all.",
     "Longer than a backup takes from its copy of the catalog to the end of that of the archive."},

    // site
    {"site.name", AT(site.name), Kind::text, "Stile", {},
     "Name shown on pages and in replies.", "Something readable until you choose."},
    {"site.id", AT(site.id), Kind::count, "1", {1, kId}, "site_id in replies.", "There is one site."},
    {"site.product_key", AT(site.product_key), Kind::text, "tube", {},
     "product_key in replies.", "What existing clients were written against."},
    {"site.tree_id", AT(site.tree_id), Kind::count, "1", {1, kId},
     "Number of the storage tree: the first part of every file link.", "One tree until storage is moved."},
    {"site.open", AT(site.open), Kind::flag, "true", {},
     "Whether callers without credentials may read what is public.",
     "Redeeming needs no level anyway; a closed site sets false."},
    {"site.license_id", AT(site.license_id), Kind::count, "0", {0, kId},
     "license_id in replies; 0: none.", "No licence is claimed for what others upload."},

    // auth
    {"auth.nonce_window", AT(auth.nonce_window), Kind::duration, "10 min", {10 * kSecond, 24 * kHour},
     "How far the timestamp of a signed request may be off; as long is it remembered, so that it counts once.",
     "Clocks of clients are minutes off; what is captured is useless soon after."},
    {"auth.max_nonces", AT(auth.max_nonces), Kind::count, "100000", {100, 10000000},
     "Signed requests remembered, about 100 bytes each; when full, the busiest consumer's window shrinks.",
     "A hundred and sixty signed requests a second over the whole window."},
    {"auth.lenient_post_query", AT(auth.lenient_post_query), Kind::flag, "false", {},
     "Whether a POST's query is read too, behind its body, and may hold what OAuth signs.",
     "The documents say that it is ignored; some old clients need it."},
    {"auth.session_life", AT(auth.session_life), Kind::duration, "24 h", {1 * kMinute, 365 * kDay},
     "How long a browser stays logged in.", "A day's work with one password."},
    {"auth.request_token_life", AT(auth.request_token_life), Kind::duration, "60 min", {1 * kMinute, 24 * kHour},
     "From an application's question to the exchange of the verifier, in the three-legged dance.",
     "Time to find the password, or to carry a code over by hand."},
    {"auth.login_tries_per_user", AT(auth.login_tries_per_user), Kind::count, "10", {1, 100000},
     "Wrong passwords for one name from one address within auth.login_window; from all addresses together ten times as many.",
     "More than anybody mistypes, too few to guess; and nobody keeps the owner of a name out by guessing at it."},
    {"auth.login_tries_per_address", AT(auth.login_tries_per_address), Kind::count, "100", {1, 1000000},
     "Wrong passwords from one address (of IPv6, one /64) within auth.login_window.",
     "An office behind one address has several people."},
    {"auth.login_window", AT(auth.login_window), Kind::duration, "15 min", {1 * kSecond, 24 * kHour},
     "How long wrong passwords count.", "A thousand guesses a day at most, and a coffee for the forgetful."},
    {"auth.password_threads", AT(auth.password_threads), Kind::count, "1", {1, 64},
     "Threads that hash passwords; each takes 16 MiB while it does.", "Twenty people a second, and uploads keep their cores."},
    {"auth.password_queue", AT(auth.password_queue), Kind::count, "32", {1, 10000},
     "Passwords that may wait for that; beyond it people are asked to try again.", "Nobody waits longer than two seconds."},

    // page
    {"page.chunk_bytes", AT(page.chunk_bytes), Kind::bytes, "8 MiB", {64 * kKiB, 1 * kGiB},
     "Chunk size of the upload page.", "Few requests, and little to repeat after a cut."},
    {"page.parallel", AT(page.parallel), Kind::count, "3", {1, 16},
     "Chunks the upload page sends at once.", "Fills a line with round-trip time; browsers allow six connections."},
    {"page.accent", AT(page.accent), Kind::color, "#2457d6", {},
     "Colour of buttons and bars on the upload page.", "At least 4.5:1 against white."},
    {"page.logo", AT(page.logo), Kind::local_path, "", {},
     "Picture at the top of the upload page, as a path on the same host; empty: the site's name.",
     "The page makes no request to other hosts."},

    // log
    {"log.level", AT(log.level), Kind::choice, "info", {},
     "Least important message that is written.", "One line per finished upload and per trouble."},
    {"log.format", AT(log.format), Kind::choice, "text", {},
     "Lines for people or JSON for collectors, on standard error.", "The first reader is a person."},
});

#undef AT
// clang-format on

}  // namespace

std::span<const Setting> settings_table() { return kTable; }

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : kTable) {
    if (setting.name == name) return &setting;
  }
  return nullptr;
}

}  // namespace stile::app
