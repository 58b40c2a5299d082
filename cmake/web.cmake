# stile_embed_web(TARGET): bundles src/web/ui with esbuild and compiles the result, and the words, into TARGET.
find_program(NODE_EXECUTABLE NAMES node nodejs)

function(stile_embed_web target)
  if(NOT NODE_EXECUTABLE)
    message(FATAL_ERROR "node is missing: the upload page is bundled with it (Debian package: nodejs).")
  endif()
  set(ui ${PROJECT_SOURCE_DIR}/src/web/ui)
  set(out ${PROJECT_BINARY_DIR}/generated/web)
  set(tool ${PROJECT_SOURCE_DIR}/tools/embed_assets.mjs)
  file(GLOB inputs CONFIGURE_DEPENDS ${ui}/*)
  # The lock file stands for node_modules: whatever `npm ci` installed from it.
  add_custom_command(
    OUTPUT ${out}/assets_data.cc ${out}/words.h
    COMMAND ${NODE_EXECUTABLE} ${tool} ${ui} ${out}
    DEPENDS ${inputs} ${tool} ${PROJECT_SOURCE_DIR}/package.json ${PROJECT_SOURCE_DIR}/package-lock.json
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Bundling the upload page"
    VERBATIM)
  target_sources(${target} PRIVATE ${out}/assets_data.cc ${out}/words.h)
endfunction()
