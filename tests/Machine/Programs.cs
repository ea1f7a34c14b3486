using System.ComponentModel;
using System.Diagnostics;

namespace Migrate.Tests.Machine;

/// <summary>What a program that ran to its end left.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Errors);

/// <summary>Runs the distribution's programs that tests hold our work against, and says what to install where one is missing.</summary>
internal static class Programs
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["addpart"] = "util-linux",
        ["cmp"] = "diffutils",
        ["dd"] = "coreutils",
        ["delpart"] = "util-linux",
        ["flock"] = "util-linux",
        ["dpkg-deb"] = "dpkg",
        ["dumpcap"] = "tshark",
        ["env"] = "coreutils",
        ["script"] = "bsdutils",
        ["fsfreeze"] = "util-linux",
        ["go"] = "golang-go golang-github-vmware-govmomi-dev",
        ["ip"] = "iproute2",
        ["kill"] = "procps",
        ["ln"] = "coreutils",
        ["losetup"] = "mount",
        ["mkfs.ext4"] = "e2fsprogs",
        ["mknod"] = "coreutils",
        ["mkswap"] = "util-linux",
        ["mount"] = "mount",
        ["nbd-server"] = "nbd-server",
        ["nbdinfo"] = "libnbd-bin",
        ["nsenter"] = "util-linux",
        ["nginx"] = "nginx-light",
        ["openssl"] = "openssl",
        ["python3"] = "python3",
        ["qemu-img"] = "qemu-utils",
        ["qemu-io"] = "qemu-utils",
        ["qemu-nbd"] = "qemu-utils",
        ["ssh-keygen"] = "openssh-client",
        ["sshd"] = "openssh-server",
        ["swapoff"] = "mount",
        ["swapon"] = "mount",
        ["systemd-analyze"] = "systemd",
        ["tshark"] = "tshark",
        ["truncate"] = "coreutils",
        ["unshare"] = "util-linux",
        ["umount"] = "mount",
        ["virsh"] = "libvirt-clients",
        ["virt-xml-validate"] = "libvirt-clients libxml2-utils",
    };

    /// <summary>The program's output; an exit status other than 0 fails the test with what the program said.</summary>
    public static Task<string> OutputOfAsync(string program, params string[] arguments) => OutputOfAsync(new ProcessStartInfo(program, arguments));

    public static async Task<string> OutputOfAsync(ProcessStartInfo start)
    {
        var result = await RunAsync(start);
        result.ExitCode.ShouldBe(0, $"{start.FileName} {string.Join(' ', start.ArgumentList)}:\n{result.Output}{result.Errors}");
        return result.Output;
    }

    public static Task<ProgramResult> RunAsync(string program, params string[] arguments) => RunAsync(new ProcessStartInfo(program, arguments));

    public static async Task<ProgramResult> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Start(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Longest);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ProgramResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>The caller ends it.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            var name = Path.GetFileName(start.FileName);
            throw new InvalidOperationException(
                $"{name} does not start ({e.Message}); the tests need it: apt-get install {Packages.GetValueOrDefault(name, name)}, or all at once: eng/setup.sh test", e);
        }
    }
}
