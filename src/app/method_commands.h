// stile methods: what the API offers, from the tables that the server itself works by.
#pragma once

#include <string>

namespace stile::app {

enum class MethodsOutput { text, markdown, json, openapi };

// What the command prints.
std::string describe_methods(MethodsOutput output);

int list_methods_command(MethodsOutput output);

}  // namespace stile::app
