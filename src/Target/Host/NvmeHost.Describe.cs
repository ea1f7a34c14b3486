using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Probe;
using Migrate.Target.Protocol;

namespace Migrate.Target.Host;

// What a host can tell of a target beside using its disks.
public sealed partial class NvmeHost
{
    /// <summary>Digests in use.</summary>
    internal PduLayout Layout => _session.Controller.Admin.Layout;

    /// <summary>Asks the discovery service at the options' address; their subsystem does not matter.</summary>
    /// <exception cref="NvmeException">The target cannot be reached, or has no discovery service there.</exception>
    public static async Task<IReadOnlyList<DiscoveredSubsystem>> DiscoverAsync(
        NvmeHostOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        HostController? controller = null;
        try
        {
            controller = await HostController.ConnectAsync(
                options with { SubsystemNqn = Nqn.Discovery, HostKey = null, ControllerKey = null }, time, NullLogger.Instance, both.Token);
            return await controller.ReadDiscoveryLogAsync(both.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NvmeException("Discovery", $"{options.EndPoint} did not answer within {options.ConnectTimeout}", e);
        }
        finally
        {
            controller?.Admin.Close();
        }
    }

    /// <summary>The namespaces that are online for this host.</summary>
    /// <exception cref="NvmeException">The connection was lost, or a namespace has a format that this host cannot use.</exception>
    public async Task<IReadOnlyList<ProbedNamespace>> ListAsync(CancellationToken cancellationToken)
    {
        var controller = _session.Controller;
        var all = new List<ProbedNamespace>();
        foreach (var nsid in await controller.ListNamespacesAsync(cancellationToken))
        {
            var uuid = await controller.ReadUuidAsync(nsid, cancellationToken);
            var (blocks, blockSize) = await controller.ReadGeometryAsync(nsid, cancellationToken);
            all.Add(new ProbedNamespace(nsid, uuid, blocks * blockSize, blockSize));
        }

        return all;
    }

    internal Task<ProbedController> DescribeAsync(CancellationToken cancellationToken) => _session.Controller.DescribeAsync(IoQueues, cancellationToken);

    internal NetworkPath DescribePath() => _session.NextQueue().DescribePath();
}
