# Two commands do everything on a fresh Debian 12 machine: `make demo` and `make test`.
#   make            build the program            make install PREFIX=/usr/local
#   make demo       install, build, make data, train, evaluate, predict, report
#   make test       install, build, run all fast tests
#   make bench      build and run the benchmarks
#   make clean      remove build/; demo/ and runs stay
#   TORCH=/path/to/torch   another LibTorch, 1.13 to 2.13 (the `torch` folder of a wheel, or an unpacked LibTorch)
#   JOBS=N          compilers at once            BUILD=DIR   build folder

PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
BUILD ?= build/$(if $(TORCH),torch-$(shell printf '%s' '$(TORCH)' | cksum | cut -d' ' -f1),release)
DEMO ?= demo
FOVEA = $(BUILD)/fovea/cli/fovea

PACKAGES = g++ cmake ninja-build ccache python3 libgomp1 libfmt-dev libspdlog-dev libisal-dev libprotozero-dev libxxhash-dev nlohmann-json3-dev libjpeg62-turbo-dev \
           libspng-dev libsimdjson-dev libhwy-dev libyaml-cpp-dev libcli11-dev libjemalloc-dev libgtest-dev libgmock-dev $(if $(TORCH),,libtorch-dev libopenblas0-openmp)
BENCH_PACKAGES = libbenchmark-dev libturbojpeg0-dev

.PHONY: all deps demo test bench install clean sanitize
all: deps
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release $(if $(TORCH),-DFOVEA_TORCH_ROOT=$(abspath $(TORCH))) $(CMAKE_ARGS) > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@cmake --build $(BUILD) -j $(JOBS) $(if $(TARGET),--target $(TARGET))

# Installs what is missing, and says so; apt is not touched when everything is there.
deps:
	@mkdir -p build
	@tools/install_packages.sh $(PACKAGES)

demo: TARGET = fovea
demo: all
	@tools/demo.sh $(FOVEA) $(DEMO)

test: all
	@ctest --test-dir $(BUILD) --output-on-failure -LE slow -j $(JOBS)

# The layers without LibTorch under the address and undefined-behaviour sanitizers.
sanitize: deps
	@cmake --preset asan > build/asan.log 2>&1 || { cat build/asan.log; exit 1; }
	@cmake --build build/asan -j $(JOBS)
	@ctest --test-dir build/asan --output-on-failure -LE slow -j $(JOBS)

bench: PACKAGES += $(BENCH_PACKAGES)
bench: CMAKE_ARGS += -DFOVEA_BENCH=ON
bench: all
	@for program in $(BUILD)/bench/bench_*; do echo "== $$program"; "$$program" || exit 1; done

install: all
	@cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf build
