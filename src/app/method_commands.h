// stile methods: what the API offers, from the tables that the server itself works by.
#pragma once

#include <string>

#include "app/settings.h"

namespace stile::app {

enum class MethodsOutput { text, markdown, json, openapi };

// What the command prints.
std::string describe_methods(MethodsOutput output, const Settings& settings = {});

int list_methods_command(MethodsOutput output, const Settings& settings);

}  // namespace stile::app
