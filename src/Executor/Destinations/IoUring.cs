using System.Globalization;
using System.Runtime.InteropServices;

namespace Migrate.Executor.Destinations;

/// <summary>Asks this machine's kernel for an io_uring, as QEMU will.</summary>
internal static partial class IoUring
{
    private const string Sysctl = "/proc/sys/kernel/io_uring_disabled";
    private const int SetupCall = 425;
    private const int ParametersLength = 120;

    public static IoUringState Probe()
    {
        // The sysctl comes first: at 1 this process may be privileged where QEMU's user is not.
        if (File.Exists(Sysctl) && File.ReadAllText(Sysctl).Trim() is var disabled && disabled != "0")
        {
            return new IoUringState(false, $"the sysctl kernel.io_uring_disabled is {disabled}");
        }
        Span<byte> parameters = stackalloc byte[ParametersLength];
        parameters.Clear();
        var descriptor = syscall(SetupCall, 1, parameters);
        if (descriptor >= 0)
        {
            _ = close((int)descriptor);
            return new IoUringState(true, "io_uring_setup succeeds");
        }
        var error = Marshal.GetLastPInvokeError();
        return new IoUringState(false, string.Create(CultureInfo.InvariantCulture, $"io_uring_setup fails: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})"));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, uint entries, Span<byte> parameters);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
