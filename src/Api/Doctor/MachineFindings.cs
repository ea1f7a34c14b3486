using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Migrate.Api.Hosting;

namespace Migrate.Api.Doctor;

/// <summary>What the server needs of its machine: programs, KVM, libvirt, a clock, its ports.</summary>
internal static class MachineFindings
{
    /// <summary>Program, Debian package, and what cannot be done without it.</summary>
    private static readonly (string Program, string Package, string For)[] Wanted =
    [
        ("qemu-system-x86_64", "qemu-system-x86", "domains on this machine, and to probe how they are accelerated"),
        ("qemu-img", "qemu-utils", "overlays for conversions and rehearsals"),
        ("virt-v2v-in-place", "virt-v2v", "converting guests without virtio drivers"),
        ("nbdkit", "nbdkit", "reading by VMware's disk kit (--vddk)"),
        ("ssh", "openssh-client", "KVM hosts that are other machines"),
        ("pg_dump", "postgresql-client", "backups of a PostgreSQL"),
    ];

    public static IEnumerable<Finding> OfPrograms(Func<string, string?> environment)
    {
        var path = (environment("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Append("/usr/libexec").ToList();
        foreach (var (program, package, why) in Wanted.Append((environment("MIGRATE_CHROMIUM") is { Length: > 0 } named ? named : "chromium", "chromium", "reports as PDF")))
        {
            yield return path.Select(x => Path.Combine(x, program)).FirstOrDefault(File.Exists) is { } found
                ? Finding.Ok(Path.GetFileName(program), found)
                : Finding.Warn(Path.GetFileName(program), "It is not installed.", $"Needed for {why}: apt-get install {package}");
        }

        yield return NativeLibrary.TryLoad("libvirt.so.0", out _)
            ? Finding.Ok("libvirt library", "libvirt.so.0")
            : Finding.Fail("libvirt library", "libvirt.so.0 cannot be loaded.", "apt-get install libvirt0");
    }

    public static Finding OfKvm() => !File.Exists("/dev/kvm")
        ? Finding.Warn("KVM", "There is no /dev/kvm: domains on this machine would be emulated.", "Switch virtualization on in the firmware and load kvm_intel or kvm_amd, if VMs are to move to this machine.")
        : CanOpen("/dev/kvm") ? Finding.Ok("KVM", "/dev/kvm can be opened") : Finding.Warn("KVM", "/dev/kvm cannot be opened by this user.", "Put the server's user into the group kvm.");

    public static async Task<Finding> OfLibvirtAsync(CancellationToken cancellationToken)
    {
        const string Path = "/run/libvirt/libvirt-sock";
        if (!File.Exists(Path))
        {
            return Finding.Warn("libvirt", $"No libvirt listens on this machine ({Path} is not there).", "apt-get install libvirt-daemon-system, if VMs are to move to this machine.");
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellationToken);
            return Finding.Ok("libvirt", $"{Path} lets this user in");
        }
        catch (SocketException e)
        {
            return Finding.Warn("libvirt", $"{Path}: {e.Message}", "Start libvirtd, and put the server's user into the group libvirt.");
        }
    }

    /// <summary>By systemd's word: leases and observations are compared by clocks.</summary>
    public static async Task<Finding> OfClockAsync(CancellationToken cancellationToken)
    {
        const string Remedy = "Enable chrony or systemd-timesyncd: leases of workers and samples of sources are compared by clocks.";
        try
        {
            using var process = Process.Start(new ProcessStartInfo("timedatectl", ["show", "--property=NTPSynchronized", "--value"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var said = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
            await process.WaitForExitAsync(cancellationToken);
            return said switch
            {
                "yes" => Finding.Ok("clock", "synchronised"),
                "no" => Finding.Warn("clock", "The clock is not synchronised.", Remedy),
                _ => Finding.Warn("clock", "systemd does not say whether the clock is synchronised.", Remedy),
            };
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return Finding.Warn("clock", "There is no timedatectl to ask whether the clock is synchronised.", Remedy);
        }
    }

    /// <summary>Where no server runs, its addresses have to be free.</summary>
    public static IEnumerable<Finding> OfPorts(ServeOptions options)
    {
        foreach (var url in options.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(x => new Uri(x)))
        {
            yield return OfPort($"port of {url}", IPAddress.TryParse(url.DnsSafeHost, out var address) ? address : IPAddress.Loopback, url.Port, "--urls");
        }

        yield return OfPort("port of the target", options.TargetListen, options.TargetPort, "--target-port or --target-listen");
    }

    /// <summary>Who may listen in on the disks.</summary>
    public static Finding OfTargetNetwork(ServeOptions options) => ListenRules.OfTarget(options) is { } clear
        ? Finding.Warn("network of the target", clear.Says, clear.Remedy)
        : Finding.Ok("network of the target", "the loopback interface");

    private static Finding OfPort(string name, IPAddress address, int port, string option)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return Finding.Ok(name, port == 0 ? "any free one" : $"{new IPEndPoint(address, port)} is free");
        }
        catch (SocketException e)
        {
            return Finding.Fail(name, $"{new IPEndPoint(address, port)} cannot be listened on: {e.Message}", $"Stop the program that has it, give this machine the address, or choose another one with {option}.");
        }
    }

    private static bool CanOpen(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
