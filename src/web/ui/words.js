// Every word a person reads on Stile's pages, in one place for translators.
//
// {name} is filled in. An object with `one` and `other` is chosen by the count {n} (add `few`, `many` … where a language has
// them: the browser picks by Intl.PluralRules, the server by one/other). The build turns this file into web/words.h too, so
// the parts of a page that the server writes use the same words.

export const words = {
  lang: "en",
  dir: "ltr",

  // The top of the page
  default_title: "Send your files",
  page_title: "{title} – {site}",
  site_fallback: "Upload",
  kind_image: "photos",
  kind_video: "videos",
  kind_audio: "audio",
  kind_other: "files",
  list_and: "{list} and {last}",
  list_comma: ", ",
  fact_each: "Up to {size} each",
  fact_one_file: "One file",
  fact_files: { one: "{n} file", other: "Up to {n} files" },
  fact_files_left: { one: "{n} more file", other: "{n} more files" },
  fact_until: "Open until {time}",
  facts_label: "What you can send",
  footer: "Only what you choose is sent, straight to {site}.",

  // Choosing
  choose: { one: "Choose a file", other: "Choose files" },
  choose_another: "Send another",
  choose_more: "Add more",
  drop_hint: { one: "or drop it here", other: "or drop them here" },
  plain_label: "Your file",
  plain_send: "Send",
  plain_note: "Stay on this page until the next one appears: large files take a while.",
  send: { one: "Send file", other: "Send {n} files" },

  // A row
  rows_label: "Your files",
  queued: "Waiting for its turn",
  finishing: "Almost there: being put away safely …",
  paused: "Paused",
  offline: "You are offline. It goes on by itself when you are back.",
  retrying: "The connection is bumpy. Trying again …",
  finished: "Arrived safely",
  remembered: "Choose this file again to continue where it stopped.",
  choose_again: "Choose again",
  speed: "{speed}/s",
  of: "{done} of {total}",
  percent: "{n}%",
  eta_seconds: { one: "{n} second left", other: "{n} seconds left" },
  eta_minutes: { one: "about {n} minute left", other: "about {n} minutes left" },
  eta_hours: { one: "about {n} hour left", other: "about {n} hours left" },
  eta_soon: "a few seconds left",
  pause: "Pause",
  resume: "Resume",
  retry: "Try again",
  retry_now: "Try now",
  remove: "Remove",
  action_on: "{action}: {name}",
  progress_label: "Progress of {name}",
  picture_of: "The picture you sent: {name}",

  // Why not
  too_large: "This file is {size}. The largest that can be sent here is {limit}.",
  empty_file: "This file is empty, so there is nothing to send.",
  wrong_type: "This is not a kind of file that can be sent here. You can send {kinds}.",
  only_one: "This link takes one file. Remove the one below to choose another.",
  left_out: { one: "One file was left out: this link takes {max} in all.", other: "{n} files were left out: this link takes {max} in all." },
  already_there: "“{name}” is already in the list.",
  failed: "Something went wrong on the way. Your file is fine: please try again.",
  unreachable: "The server has not answered for a while. What has arrived is kept: try again when you like.",
  unreadable: "This file can no longer be read. Was it moved or changed? Choose it again.",
  try_another: "Choose another file",

  // The end
  done_title: "Thank you",
  done_text: { one: "Your file has arrived. You can close this page.", other: "Your {n} files have arrived. You can close this page." },
  done_more: "Arrived. You can send more, or close this page.",
  done_button: "Done",
  going_back: "Taking you back to {host} …",
  go_back: "Continue to {host}",

  // Links that do not work (any more)
  used_up_title: "This link has been used",
  used_up_text: "Everything it was made for has arrived. To send more, ask for a new link.",
  expired_title: "This link has expired",
  expired_text: "It was open until {time}. Ask for a new one to send your files.",
  expired_text_plain: "Ask for a new one to send your files.",
  expired_continue: "An upload that was under way may still be finished.",
  revoked_title: "This link was withdrawn",
  revoked_text: "The people who made it have closed it. Ask them for a new one if you still need it.",
  unknown_title: "This link leads nowhere",
  unknown_text: "A part of the address may be missing. Open it again from the message you received, or copy the whole address.",

  // The front door
  home_title: "You need a link",
  home_text: "Files are sent here through personal links. If you were given one, open it and you will be guided from there.",

  // The window's title, and what a screen reader is told
  title_progress: "{n}% · {title}",
  title_done: "✓ {title}",
  title_attention: "! {title}",
  said_chosen: "{name} chosen.",
  said_started: "Sending {name}.",
  said_milestone: "{name}: {n} percent sent.",
  said_paused: "{name} paused.",
  said_offline: "You are offline. Sending goes on when you are back.",
  said_retrying: "Trying again to send {name}.",
  said_resumed: "Sending again.",
  said_finished: "{name} has arrived.",
  said_problem: "{name}: {reason}",
  said_removed: "{name} removed.",

  // Units
  unit_b: "{n} bytes",
  unit_kb: "{n} kB",
  unit_mb: "{n} MB",
  unit_gb: "{n} GB",
  unit_tb: "{n} TB",
};
