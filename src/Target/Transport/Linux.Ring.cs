using System.Runtime.InteropServices;

namespace Migrate.Target.Transport;

// io_uring has no functions in the C library, only system call numbers, which are the same on all architectures.
internal static unsafe partial class Linux
{
    public const long RingsOffset = 0;
    public const long EntriesOffset = 0x10000000;

    private const nint SetUp = 425;
    private const nint Enter = 426;
    private const nint Register = 427;
    private const uint CoopTaskRun = 1 << 8;
    private const uint TaskRunFlag = 1 << 9;
    private const uint SingleIssuer = 1 << 12;
    private const uint DeferTaskRun = 1 << 13;
    private const nint GetEvents = 1;
    private const uint OneMapping = 1 << 0;
    private const int RegisterEventFile = 4;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e, nint f);

    [LibraryImport("libc", EntryPoint = "mmap64", SetLastError = true)]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nint length);

    /// <summary>
    /// A ring's descriptor, or -1. For the calling thread alone, and completions wait until it asks for them (DEFER_TASKRUN,
    /// Linux 6.1), or at least do not interrupt it (COOP_TASKRUN, 5.19).
    /// </summary>
    public static int SetUpRing(uint entries, RingSetup* setup)
    {
        var ring = -1;
        foreach (var flags in stackalloc uint[] { SingleIssuer | DeferTaskRun | TaskRunFlag, CoopTaskRun | TaskRunFlag, 0 })
        {
            *setup = default;
            setup->Flags = flags;
            ring = (int)SystemCall(SetUp, (nint)entries, (nint)setup, 0, 0, 0, 0);
            if (ring >= 0)
            {
                break;
            }
        }

        if (ring >= 0 && (setup->Features & OneMapping) == 0)
        {
            _ = Close(ring);
            return -1;
        }

        return ring;
    }

    /// <summary>Submits, and completes what is ready.</summary>
    public static int EnterRing(int ring, uint toSubmit) => (int)SystemCall(Enter, ring, (nint)toSubmit, 0, GetEvents, 0, 0);

    public static void RegisterEvent(int ring, int eventFile) =>
        Checked((int)SystemCall(Register, ring, RegisterEventFile, (nint)(&eventFile), 1, 0, 0), "io_uring_register");

    public static void* Map(nint length, int file, long offset)
    {
        const int readWrite = 3;
        const int sharedPopulated = 0x8001;
        var address = Map(0, length, readWrite, sharedPopulated, file, offset);
        return address != -1 ? (void*)address : throw new IOException($"mmap of io_uring failed with errno {Marshal.GetLastPInvokeError()}");
    }

    public static void Unmap(void* address, nint length) => _ = Unmap((nint)address, length);
}
