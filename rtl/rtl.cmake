# The rtl engine: the core Verilated for each size, and its bridge. Gates of every PE at 4x4; at 8x8 and 16x16 models of
# the PE functions (rtl/models) stand in for theirs, so that building and running stays short.
find_package(verilator QUIET HINTS $ENV{VERILATOR_ROOT} /usr/share/verilator)
if(NOT verilator_FOUND)
  message(STATUS "Verilator is missing: no rtl engine")
  return()
endif()

set(rtl ${CMAKE_CURRENT_LIST_DIR})
file(GLOB rtl_modules CONFIGURE_DEPENDS ${rtl}/array/*.sv ${rtl}/memory/*.sv ${rtl}/sequencer/*.sv)
list(REMOVE_ITEM rtl_modules ${rtl}/array/pe_control_pkg.sv ${rtl}/array/lane_control_pkg.sv)
# Packages come first, the top module before the others.
set(rtl_core ${rtl}/array/pe_control_pkg.sv ${rtl}/array/lane_control_pkg.sv)
file(GLOB rtl_gates CONFIGURE_DEPENDS ${rtl}/arithmetic/*.v)
file(GLOB rtl_models CONFIGURE_DEPENDS ${rtl}/models/*.sv)
list(REMOVE_ITEM rtl_models ${rtl}/models/arithmetic_pkg.sv)

# attnsim_core(LIBRARY SIZE PREFIX LEVEL -O... ARITHMETIC SOURCES... [ARGS ...])
function(attnsim_core library size prefix)
  cmake_parse_arguments(PARSE_ARGV 3 CORE "" "LEVEL" "ARITHMETIC;ARGS")
  add_library(${library} STATIC)
  target_compile_options(${library} PRIVATE -w ${CORE_LEVEL})
  verilate(${library} SOURCES ${rtl_core} ${rtl}/core.sv ${rtl_modules} ${CORE_ARITHMETIC} PREFIX ${prefix}
    TOP_MODULE core VERILATOR_ARGS -GRows=${size} -GColumns=${size} -O3 --x-assign fast --x-initial fast
    --output-split 20000 --assert --no-timing ${CORE_ARGS})
  get_target_property(directories ${library} INCLUDE_DIRECTORIES)
  target_include_directories(${library} SYSTEM INTERFACE ${directories})
endfunction()

add_library(attnsim_rtl_models STATIC ${rtl}/models/arithmetic.cpp)
target_include_directories(attnsim_rtl_models PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(attnsim_rtl_models PUBLIC attnsim_arch_arithmetic)

# The gates are 17 MB of generated code.
attnsim_core(attnsim_core_4 4 Vcore_4 LEVEL -O0 ARITHMETIC ${rtl_gates} ARGS --trace)
foreach(size 8 16)
  attnsim_core(attnsim_core_${size} ${size} Vcore_${size} LEVEL -O1 ARITHMETIC ${rtl}/models/arithmetic_pkg.sv ${rtl_models})
  target_link_libraries(attnsim_core_${size} PRIVATE attnsim_rtl_models)
endforeach()

add_library(attnsim_rtl STATIC ${rtl}/rtl_engine.cpp ${rtl}/bridge/encoder.cpp ${rtl}/bridge/einsum_form.cpp ${rtl}/bridge/lane_program.cpp ${rtl}/bridge/transfer.cpp ${rtl}/bridge/tile_mask.cpp
  ${rtl}/bridge/storage_map.cpp ${rtl}/bridge/machine.cpp ${rtl}/bridge/machine_4.cpp ${rtl}/bridge/machine_8.cpp
  ${rtl}/bridge/machine_16.cpp)
target_link_libraries(attnsim_rtl PUBLIC attnsim_sim_functional PRIVATE attnsim_core_4 attnsim_core_8 attnsim_core_16)
add_library(attnsim_rtl_register OBJECT ${rtl}/register.cpp)
target_link_libraries(attnsim_rtl_register PUBLIC attnsim_rtl)
