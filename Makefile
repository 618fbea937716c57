# What people type. CMake does the work (CMakePresets.json); this installs what is missing and names the targets.
#
#   make run          install what is missing, build, hear and ask this machine's own services
#   make test         install what is missing, build with ASan and UBSan, run every test
#   make build        the release binary, build/earshot
#   make lint         formatting, static checks, layers, tables
#   make bench        measurements as JSON lines
#   make fuzz-smoke   every fuzz target for a few seconds
#   make install      into $(DESTDIR)$(PREFIX)

PREFIX ?= /usr/local
DESTDIR ?=
PRESET ?= dev
FUZZ_SECONDS ?= 5
LAUNCHER := $(shell command -v ccache 2>/dev/null)
CMAKE_ENV := $(if $(LAUNCHER),CMAKE_C_COMPILER_LAUNCHER=$(LAUNCHER))

.PHONY: run test build lint bench fuzz-smoke install clean packages-build packages-test

run: build
	./build/earshot run

test: packages-build packages-test
	tests/run.sh $(PRESET)

build: packages-build
	$(CMAKE_ENV) cmake --preset release -DCMAKE_INSTALL_PREFIX=$(PREFIX) >build.log 2>&1 || { cat build.log; exit 1; }
	@mv build.log build/release/configure.log
	cmake --build build/release --target earshot
	@cp -f build/release/sensor/daemon/earshot build/earshot

lint: packages-build packages-test
	tests/lint.sh

bench: build packages-test
	tests/bench/run.sh

fuzz-smoke: packages-build packages-test
	tests/fuzz/smoke.sh $(FUZZ_SECONDS)

install: build
	DESTDIR=$(DESTDIR) cmake --install build/release

clean:
	rm -rf build

packages-build:
	@config/install-packages.sh build

packages-test:
	@config/install-packages.sh test
