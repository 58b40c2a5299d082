// Asking a person at the terminal for something that must not be seen. For the command line.
#pragma once

#include <string>

#include "base/result.h"

namespace stile::io {

// Whether somebody sits there to be asked.
bool has_terminal();
// Whether standard error is read by somebody at once, so that a line may be written over.
bool errors_go_to_a_terminal();

// Writes `prompt` to the terminal and reads a line from it without showing it, whatever standard input and output are
// connected to. Fails with not_found without a terminal, closed when the line never comes, and limit beyond
// `max_bytes`.
Result<std::string> ask_secret_blocking(const std::string& prompt, std::size_t max_bytes);

}  // namespace stile::io
