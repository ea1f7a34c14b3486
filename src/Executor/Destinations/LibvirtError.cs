using System.Runtime.InteropServices;
using Migrate.Planner;

namespace Migrate.Executor.Destinations;

/// <summary>
/// virError as it was left by the last failing call on this thread. <see cref="Errno"/> is meaningful for system errors only.
/// </summary>
internal sealed record LibvirtError(int Code, string Message, int Errno)
{
    public const int OperationFailed = 9;
    public const int SystemError = 38;
    public const int NoDomain = 42;
    public const int AuthFailed = 45;
    public const int OperationInvalid = 55;
    public const int AuthCancelled = 79;
    public const int AuthUnavailable = 80;
    public const int AgentUnresponsive = 86;
    public const int AccessDenied = 88;
    public const int AgentUnsynced = 97;

    private const int NoEntry = 2;
    private const int PermissionDenied = 13;

    /// <summary>The beginning of libvirt's struct _virError; what follows is not read.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Layout
    {
        public int Code;
        public int Domain;
        public nint Message;
        public int Level;
        public nint Connection;
        public nint DomainPointer;
        public nint String1;
        public nint String2;
        public nint String3;
        public int Integer1;
        public int Integer2;
    }

    public static LibvirtError Last()
    {
        var pointer = LibvirtNative.virGetLastError();
        if (pointer == 0)
        {
            return new LibvirtError(0, "libvirt gave no reason", 0);
        }
        var error = Marshal.PtrToStructure<Layout>(pointer);
        return new LibvirtError(error.Code, Marshal.PtrToStringUTF8(error.Message) ?? "", error.Code == SystemError ? error.Integer1 : 0);
    }

    private bool HasEndedInMissingFile => Message.EndsWith("No such file or directory", StringComparison.Ordinal);

    private bool HasEndedInDenial => Message.EndsWith("Permission denied", StringComparison.Ordinal);

    public bool IsDenied => Code is AuthFailed or AuthCancelled or AuthUnavailable or AccessDenied;

    /// <summary>By SSH the login has worked already: what is missing then is libvirt at its other end.</summary>
    private bool IsMissingAtTheOtherEnd => Message.Contains("not found", StringComparison.Ordinal) || Message.Contains("libvirt-sock", StringComparison.Ordinal)
        || Message.Contains("virtqemud-sock", StringComparison.Ordinal) || Message.Contains("virt-ssh-helper", StringComparison.Ordinal);

    public MigrateException Unreachable(LibvirtUri uri) => this switch
    {
        { IsDenied: true } => Denied(uri.Text),
        _ when uri.Ssh is { } login && IsMissingAtTheOtherEnd => new MigrateException(
            "libvirt.daemon-missing",
            $"The login on {login} works, but no libvirt daemon answers there: {Message}",
            "Install libvirt on that host (libvirt-daemon-system on Debian, libvirt-daemon-kvm on Fedora) and start libvirtd or virtqemud; a libvirt before 6.8 needs netcat there, too.")
        { IsTransient = true },
        _ => new MigrateException(
            "libvirt.unreachable",
            $"libvirt at {uri.Text} cannot be reached: {Message}",
            "Check the URI, that libvirtd (or virtqemud) runs on that host, and for a remote URI that its SSH or TLS login works.")
        { IsTransient = true },
    };

    public MigrateException HostFailed(string what, string uri) =>
        new("libvirt.failed", $"libvirt could not {what} {uri}: {Message}", "Read libvirt's journal on that host, then retry.");

    public MigrateException ConnectionLost(string uri) => new(
        "libvirt.unreachable",
        $"The connection to libvirt at {uri} was lost: {Message}",
        "Check that libvirtd still runs on that host, then retry; what was already defined is found again by its name.")
    { IsTransient = true };

    public MigrateException Denied(string uri) => new(
        "libvirt.denied",
        $"libvirt at {uri} refuses this user: {Message}",
        "Run as root, add the user to the group libvirt, or use a URI with a login that may manage domains.");

    public MigrateException NoSuchDomain(string name) => new(
        "libvirt.no-domain",
        $"There is no domain {name}: {Message}",
        "Look at the domains with virsh list --all; it may have been undefined or renamed by somebody else.");

    /// <summary>A definition that was refused: nothing was changed.</summary>
    public MigrateException Refused() => Code == OperationFailed
        ? new MigrateException(
            "libvirt.domain-exists",
            $"libvirt already has another domain with this name or UUID: {Message}",
            "Undefine or rename the other domain (virsh list --all), or give this VM another name in the plan.")
        : new MigrateException(
            "libvirt.refused-xml",
            $"libvirt refuses the domain's definition: {Message}",
            "Compare the XML of the run with what the host's libvirt and QEMU support; a host that is too old for a setting must be probed again.");

    /// <summary>What libvirt opens itself fails with an errno; what QEMU opens fails with QEMU's words at the end of the message.</summary>
    public MigrateException StartFailed(string name) => this switch
    {
        { Errno: NoEntry } or { HasEndedInMissingFile: true } => new MigrateException(
            "libvirt.disk-missing",
            $"The domain {name} cannot start because a file or device is not there: {Message}",
            "Check that the namespace is attached (or its backing file reachable) on the KVM host under the path in the message."),
        { Errno: PermissionDenied } or { HasEndedInDenial: true } => new MigrateException(
            "libvirt.disk-denied",
            $"The domain {name} cannot start because QEMU may not open a file or device: {Message}",
            "Let QEMU's user (libvirt-qemu or qemu) reach every parent directory, and look for AppArmor or SELinux denials."),
        _ => new MigrateException(
            "libvirt.start-failed",
            $"The domain {name} does not start: {Message}",
            $"Read the end of QEMU's log on the KVM host, /var/log/libvirt/qemu/{name}.log."),
    };

    /// <summary>Nobody in the guest listens, or not any more; or it listens and refuses.</summary>
    public MigrateException AgentFailed(string name, bool runs) => Code is AgentUnresponsive or AgentUnsynced || !runs
        ? new MigrateException(
            "guest.agent-silent",
            $"The guest agent of the domain {name} does not answer: {Message}",
            "Install qemu-guest-agent in the guest and start it; it needs the driver virtio_console (Windows: virtio serial).")
        : new MigrateException(
            "guest.agent-refused",
            $"The guest agent of the domain {name} refuses a command: {Message}",
            "Allow the command in the guest (/etc/qemu/qemu-ga.conf or /etc/sysconfig/qemu-ga: block-rpcs, allow-rpcs), or upgrade the agent.");

    public MigrateException Failed(string what, string name) => new(
        "libvirt.failed",
        $"libvirt could not {what} the domain {name}: {Message}",
        "Read libvirt's journal and QEMU's log on the KVM host, then retry.");
}
