using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Migrate.Target.Namespaces;

namespace Migrate.Target.Transport;

/// <summary>Calls of the C library for the event loop: sockets without waiting, epoll, eventfd, threads' cores.</summary>
internal static unsafe partial class Linux
{
    public const int EPOLLIN = 1;
    public const int EPOLLOUT = 4;
    public const int EPOLLERR = 8;
    public const int EPOLLHUP = 16;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;

    public const int EPIPE = 32;
    public const int ECONNRESET = 104;

    /// <summary>MSG_DONTWAIT and, for sends, MSG_NOSIGNAL and MSG_MORE.</summary>
    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;
    public const int More = 0x8000;

    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    /// <summary>struct epoll_event is packed on x86-64 alone: four bytes of events, then the eight that are ours.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    public static readonly int EventDataAt = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int Wait(int epoll, byte* events, int most, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, void* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, void* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "splice", SetLastError = true)]
    public static partial nint Splice(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int CreatePipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl64", SetLastError = true)]
    private static partial int ControlFile(int file, int command, nint value);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int CreateEpoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int file, byte* change);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nint size, byte* cores);

    public static int NewEpoll() => Checked(CreateEpoll(CloseOnExec), "epoll_create1");

    public static int NewEvent() => Checked(CreateEvent(0, CloseOnExec | NonBlocking), "eventfd");

    public static (int Out, int In) NewPipe()
    {
        var ends = stackalloc int[2];
        Checked(CreatePipe(ends, CloseOnExec | NonBlocking), "pipe2");
        return (ends[0], ends[1]);
    }

    /// <summary>Asks for another size, which the system may refuse. Returns the size that the pipe has now.</summary>
    public static int ResizePipe(int pipe, int bytes)
    {
        const int setPipeSize = 1031;
        const int getPipeSize = 1032;
        _ = ControlFile(pipe, setPipeSize, bytes);
        return Math.Max(0, ControlFile(pipe, getPipeSize, 0));
    }

    public static void Watch(int epoll, int operation, int file, int events, long data)
    {
        var change = stackalloc byte[16];
        *(int*)change = events;
        *(long*)(change + EventDataAt) = data;
        Checked(Control(epoll, operation, file, change), "epoll_ctl");
    }

    /// <summary>Binds the calling thread to one core; false where that core is not ours to use.</summary>
    public static bool PinThread(int core)
    {
        var mask = stackalloc byte[128];
        new Span<byte>(mask, 128).Clear();
        mask[core / 8] = (byte)(1 << (core % 8));
        return SetAffinity(0, 128, mask) == 0;
    }

    private static int Checked(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call} failed with errno {Marshal.GetLastPInvokeError()}");
}

/// <summary>struct msghdr, without names and ancillary data.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    private readonly nint _name;
    private readonly int _nameLength;
    public IoVector* Vectors;
    public nint VectorCount;
    private readonly nint _control;
    private readonly nint _controlLength;
    private readonly int _flags;
}
