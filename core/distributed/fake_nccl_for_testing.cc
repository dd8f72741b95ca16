// A libnccl.so.2 for tests on one machine without GPUs: the functions that nccl_library.h names, over shared memory and host
// pointers. Like NCCL between GPUs of one machine it does not notice that a peer is gone: a call waits until it is aborted.
//
// $FAKE_NCCL asks for trouble: "old", a version from before bfloat16; "busy", a GPU that two ranks share; "fails=N", each rank's
// connection breaks in exchange N, counted from 1.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr size_t kSlotBytes = 1 << 16;
constexpr int kMaxWorld = 16;
enum Result { kSuccess = 0, kInvalidArgument = 4, kInvalidUsage = 5, kRemoteError = 6 };

struct UniqueId {
  char bytes[128];
};

struct Shared {
  std::atomic<int64_t> arrived;
  alignas(64) char slots[kMaxWorld][kSlotBytes];
};

// Lets the peers go on where there are fewer cores than ranks.
void Yield(int64_t turn) { turn < 100 ? static_cast<void>(sched_yield()) : static_cast<void>(usleep(50)); }

bool Asked(const char* trouble) {
  const char* text = getenv("FAKE_NCCL");
  return text != nullptr && strncmp(text, trouble, strlen(trouble)) == 0;
}

struct Comm {
  Shared* shared = nullptr;
  int rank = 0, world = 1;
  int64_t barriers = 0, exchanges = 0;
  std::atomic<bool> aborted{false}, left{true};
  std::atomic<int> error{kSuccess};

  // False once aborted.
  bool Barrier() {
    shared->arrived.fetch_add(1);
    ++barriers;
    for (int64_t turn = 0; shared->arrived.load() < barriers * world; ++turn) {
      if (aborted) return false;
      Yield(turn);
    }
    return true;
  }

  bool Begin() {
    left = false;
    if (Asked("fails=") && ++exchanges == atoi(getenv("FAKE_NCCL") + 6)) error = kRemoteError;
    for (int64_t turn = 0; error != kSuccess && !aborted; ++turn) Yield(turn);
    return !aborted;
  }

  Result End(bool good) {
    left = true;
    return good ? kSuccess : kRemoteError;
  }
};

// The slots' sums in the order of the ranks.
template <typename T>
void Sum(const Comm& comm, char* to, size_t bytes) {
  T* sums = reinterpret_cast<T*>(to);
  for (size_t i = 0; i < bytes / sizeof(T); ++i) {
    T sum = reinterpret_cast<const T*>(comm.shared->slots[0])[i];
    for (int rank = 1; rank < comm.world; ++rank) sum += reinterpret_cast<const T*>(comm.shared->slots[rank])[i];
    sums[i] = sum;
  }
}

void AddUp(const Comm& comm, char* to, size_t bytes, int type) {
  if (type == 1) Sum<uint8_t>(comm, to, bytes);
  if (type == 2) Sum<int32_t>(comm, to, bytes);
  if (type == 4) Sum<int64_t>(comm, to, bytes);
  if (type == 7) Sum<float>(comm, to, bytes);
  if (type == 8) Sum<double>(comm, to, bytes);
}

size_t SizeOf(int type) { return type == 1 ? 1 : type == 2 || type == 7 ? 4 : type == 4 || type == 8 ? 8 : 0; }

}  // namespace

extern "C" {

int ncclGetVersion(int* version) {
  *version = Asked("old") ? 2708 : 22809;
  return kSuccess;
}

int ncclGetUniqueId(UniqueId* id) {
  snprintf(id->bytes, sizeof(id->bytes), "/fake_nccl.%d.%ld", static_cast<int>(getpid()), random());
  return kSuccess;
}

int ncclCommInitRank(Comm** result, int world, UniqueId id, int rank) {
  if (world > kMaxWorld) return kInvalidArgument;
  if (Asked("busy")) return kInvalidUsage;
  const int file = shm_open(id.bytes, O_CREAT | O_RDWR, 0600);
  if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) return kRemoteError;
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) return kRemoteError;
  Comm* comm = new Comm;
  comm->shared = static_cast<Shared*>(memory);
  comm->rank = rank;
  comm->world = world;
  comm->Barrier();
  if (rank == 0) shm_unlink(id.bytes);
  *result = comm;
  return kSuccess;
}

int ncclAllReduce(const void* from, void* to, size_t count, int type, int operation, Comm* comm, void*) {
  const size_t bytes = count * SizeOf(type);
  if (SizeOf(type) == 0 || operation != 0) return kInvalidArgument;
  bool good = comm->Begin();
  for (size_t done = 0; good && done < bytes; done += kSlotBytes) {
    const size_t part = std::min(kSlotBytes, bytes - done);
    memcpy(comm->shared->slots[comm->rank], static_cast<const char*>(from) + done, part);
    if (!(good = comm->Barrier())) break;
    char* sums = static_cast<char*>(to) + done;
    AddUp(*comm, sums, part, type);
    good = comm->Barrier();
  }
  return comm->End(good);
}

int ncclBroadcast(const void* from, void* to, size_t count, int type, int root, Comm* comm, void*) {
  const size_t bytes = count * SizeOf(type);
  if (SizeOf(type) == 0) return kInvalidArgument;
  bool good = comm->Begin();
  for (size_t done = 0; good && done < bytes; done += kSlotBytes) {
    const size_t part = std::min(kSlotBytes, bytes - done);
    if (comm->rank == root) memcpy(comm->shared->slots[0], static_cast<const char*>(from) + done, part);
    if (!(good = comm->Barrier())) break;
    memcpy(static_cast<char*>(to) + done, comm->shared->slots[0], part);
    good = comm->Barrier();
  }
  return comm->End(good);
}

int ncclCommGetAsyncError(Comm* comm, int* error) {
  *error = comm->error;
  return kSuccess;
}

int ncclCommDestroy(Comm* comm) {
  munmap(comm->shared, sizeof(Shared));
  delete comm;
  return kSuccess;
}

#ifndef FAKE_NCCL_WITHOUT_ABORT
int ncclCommAbort(Comm* comm) {
  comm->aborted = true;
  for (int64_t turn = 0; !comm->left; ++turn) Yield(turn);
  return ncclCommDestroy(comm);
}
#endif

const char* ncclGetErrorString(int result) {
  return result == kInvalidUsage  ? "invalid usage"
         : result == kRemoteError ? "remote process exited or there was a network error"
                                  : "some error";
}

}  // extern "C"
