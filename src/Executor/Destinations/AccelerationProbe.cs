using System.ComponentModel;
using System.Diagnostics;

namespace Migrate.Executor.Destinations;

/// <summary>What the probe found: <paramref name="DomainType"/> is kvm | qemu; a remedy where it is not the better one.</summary>
public sealed record Acceleration(string DomainType, bool Proven, string Detail, string? Remedy);

/// <summary>
/// Finds out whether KVM works, by booting a Linux kernel under it and watching the serial console for life. That /dev/kvm exists
/// proves nothing: on some nested hosts a guest starts and hangs. The kernel gets no root disk, so it ends in a panic about that:
/// by then it has brought up its processors, timers and interrupts.
/// </summary>
public sealed class AccelerationProbe
{
    private const string LifeSign = "Unable to mount root fs";
    private const string BirthSign = "Linux version";
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>The libvirt host that is asked about; the probe can boot a kernel on this machine only.</summary>
    public string HostUri { get; init; } = "qemu:///system";
    /// <summary>A bzImage or ELF kernel to boot; null looks for the newest in /boot.</summary>
    public string? KernelPath { get; init; }
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(20);
    public string Qemu { get; init; } = "qemu-system-x86_64";

    /// <summary>Tests put tcg here, to see the life sign of a kernel that does boot.</summary>
    internal string Accelerator { get; init; } = "kvm";
    internal string Device { get; init; } = "/dev/kvm";
    internal string KernelDirectory { get; init; } = "/boot";

    public async Task<Acceleration> RunAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (!HostProbe.IsThisMachine(HostUri))
        {
            return NotProven($"{HostUri} is another machine, where no kernel can be booted from here", "If KVM guests are known to run there, set the host's domain type to kvm.");
        }
        if (!File.Exists(Device))
        {
            return new Acceleration("qemu", true, $"{Device} does not exist", "Enable virtualisation in the firmware and load kvm_intel or kvm_amd; guests run slowly without.");
        }
        if ((KernelPath ?? NewestKernel()) is not { } kernel || !File.Exists(kernel))
        {
            return NotProven(
                $"KVM is not proven: there is no Linux kernel to try it with ({KernelPath ?? KernelDirectory + "/vmlinuz*"})",
                "Name a kernel to boot, or set the host's domain type to kvm if KVM guests are known to run there.");
        }
        var directory = Directory.CreateTempSubdirectory("migrate-probe-");
        try
        {
            return await BootAsync(kernel, Path.Combine(directory.FullName, "console"), time, cancellationToken);
        }
        catch (Win32Exception missing)
        {
            return NotProven($"{Qemu} cannot be run: {missing.Message}", "Install QEMU for x86_64 (Debian: qemu-system-x86), then probe again.");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private async Task<Acceleration> BootAsync(string kernel, string console, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        using var qemu = Process.Start(Command(kernel, console))!;
        try
        {
            var errors = qemu.StandardError.ReadToEndAsync(cancellationToken);
            while (true)
            {
                var exited = qemu.HasExited;
                var said = File.Exists(console) ? await ReadAsync(console, cancellationToken) : "";
                var elapsed = time.GetElapsedTime(began);
                if (said.Contains(LifeSign, StringComparison.Ordinal))
                {
                    return new Acceleration(
                        Accelerator == "kvm" ? "kvm" : "qemu", true, $"a Linux kernel booted under {Accelerator} in {elapsed.TotalSeconds:0.0} s ({kernel})", null);
                }
                if (exited)
                {
                    return Dead($"QEMU with {Accelerator} ended before the kernel was up: {(await errors).Trim()}");
                }
                if (elapsed >= Patience)
                {
                    var how = said.Contains(BirthSign, StringComparison.Ordinal) ? "began to boot and did not finish" : "showed no sign of life";
                    return Dead($"a Linux kernel under {Accelerator} {how} within {Patience.TotalSeconds:0} s ({kernel})");
                }
                await Task.Delay(PollInterval, time, cancellationToken);
            }
        }
        finally
        {
            if (!qemu.HasExited)
            {
                qemu.Kill();
            }
            await qemu.WaitForExitAsync(CancellationToken.None);
        }
    }

    private ProcessStartInfo Command(string kernel, string console) => new(Qemu,
    [
        "-accel", Accelerator, "-machine", "q35", "-cpu", Accelerator == "kvm" ? "host" : "max", "-smp", "2", "-m", "256",
        "-nodefaults", "-display", "none", "-no-reboot", "-serial", "file:" + console,
        "-kernel", kernel, "-append", "console=ttyS0 panic=-1",
    ])
    {
        RedirectStandardError = true,
    };

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return await reader.ReadToEndAsync(cancellationToken);
    }

    private string? NewestKernel() => !Directory.Exists(KernelDirectory)
        ? null
        : Directory.EnumerateFiles(KernelDirectory, "vmlinuz*").OrderByDescending(File.GetLastWriteTimeUtc).FirstOrDefault();

    private static Acceleration Dead(string detail) =>
        new("qemu", true, detail, "On a nested host, check that nested virtualisation works; else look at dmesg for kvm. Guests run slowly without.");

    private static Acceleration NotProven(string detail, string remedy) => new("qemu", false, detail, remedy);
}
