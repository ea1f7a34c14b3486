using System.Globalization;
using System.Net.Sockets;
using Migrate.Executor.Targets;

namespace Migrate.Executor.Deployment;

/// <summary>What a Linux host needs to attach a target's namespaces now and after every start: nvme-cli 2.x and systemd.</summary>
/// <param name="Path">Absolute, on the KVM host.</param>
/// <param name="Content">Whole content.</param>
/// <param name="Why">For people.</param>
public sealed record HostFile(string Path, string Content, string Why);

internal static class NvmeHostFiles
{
    // VM disks wait for their storage as long as it takes; error_policy stop pauses the VM meanwhile.
    private const int CtrlLossTmo = -1;
    private const int ReconnectDelay = 5;
    private const int KeepAliveTmo = 10;
    private const int QueueSize = 128;
    private const int MostQueues = 16;
    private static readonly string[] Guests = ["libvirtd.service", "virtqemud.service", "libvirt-guests.service"];

    public static int QueuesFor(int hostCpus) => Math.Clamp(hostCpus, 1, MostQueues);

    /// <summary>Files that are Migrate's alone; <see cref="DiscoveryLine"/> joins others in /etc/nvme/discovery.conf.</summary>
    public static IReadOnlyList<HostFile> Own { get; } =
    [
        new("/etc/modules-load.d/nvme-tcp.conf", "nvme-tcp\n", "the initiator is a module, and connecting at start needs it"),
        .. Guests.Select(unit => new HostFile($"/etc/systemd/system/{unit}.d/nvmf.conf", Ordering, "no VM starts before its disks are there")),
    ];

    /// <summary>The other way, a line of /etc/stas/stafd.conf: nvme-stas watches the discovery service and connects what it lists.</summary>
    public static string StasLine(TargetPlace place) => $"controller = transport=tcp;traddr={Address(place)};trsvcid={Port(place)}";

    /// <summary>
    /// A line of /etc/nvme/discovery.conf, from which nvmf-autoconnect connects at every start what the target lists; 'nvme connect' alone is
    /// forgotten then.
    /// </summary>
    public static string DiscoveryLine(TargetPlace place, int hostCpus) => Path(place) + Options(hostCpus);

    public static string Connect(TargetPlace place, int hostCpus) => $"nvme connect {Path(place)} --nqn={place.SubsystemNqn}{Options(hostCpus)}";

    private static string Path(TargetPlace place) => $"--transport=tcp --traddr={Address(place)} --trsvcid={Port(place)}";

    /// <summary>Of nvme connect: how many queues, and what happens while the target does not answer.</summary>
    internal static string OptionsOf(int hostCpus) => Options(hostCpus).Trim();

    private static string Options(int hostCpus) => string.Create(
        CultureInfo.InvariantCulture,
        $" --nr-io-queues={QueuesFor(hostCpus)} --queue-size={QueueSize} --ctrl-loss-tmo={CtrlLossTmo} --reconnect-delay={ReconnectDelay} --keep-alive-tmo={KeepAliveTmo}");

    private const string Ordering = "[Unit]\nWants=nvmf-autoconnect.service\nAfter=nvmf-autoconnect.service\n";

    private static string Address(TargetPlace place) => place.EndPoint.AddressFamily == AddressFamily.InterNetworkV6 && place.EndPoint.Address.IsIPv4MappedToIPv6
        ? place.EndPoint.Address.MapToIPv4().ToString()
        : place.EndPoint.Address.ToString();

    private static string Port(TargetPlace place) => place.EndPoint.Port.ToString(CultureInfo.InvariantCulture);
}
