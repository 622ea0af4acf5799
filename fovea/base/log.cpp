#include "fovea/base/log.h"

#include "fovea/base/error.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include <ctime>

namespace fovea {

struct Log::File {
  std::shared_ptr<spdlog::logger> logger;
};

Log::Log() : Log([](LogLevel, std::string_view) {}) {}
Log::Log(Sink sink) : sink_(std::move(sink)) {}
Log::~Log() = default;

void Log::attach_file(const std::filesystem::path& path) {
  try {
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string());
    auto logger = std::make_shared<spdlog::logger>("run", std::move(sink));
    logger->set_pattern("%H:%M:%S %v");
    logger->flush_on(spdlog::level::info);
    logger->set_error_handler([](const std::string&) {});  // a full disk must not stop the run: the trainer notices by its own writes
    const std::lock_guard lock(mutex_);
    file_ = std::make_unique<File>(File{std::move(logger)});
  } catch (const spdlog::spdlog_ex& error) {
    fail(ErrorCode::kCannotCreate, Advice{"choose a place that you may write to"}, "cannot write the log \"{}\": {}", path.string(), error.what());
  }
}

void Log::line(LogLevel level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  sink_(level, text);
  if (!file_) return;
  switch (level) {
    case LogLevel::kInfo: file_->logger->info(text); break;
    case LogLevel::kWarning: file_->logger->warn("warning: {}", text); break;
    case LogLevel::kError: file_->logger->error("error: {}", text); break;
  }
}

std::string clock_time() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char buffer[16];
  return std::string(buffer, std::strftime(buffer, sizeof buffer, "%H:%M:%S", &local));
}

}  // namespace fovea
