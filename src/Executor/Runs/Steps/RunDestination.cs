using System.Net;
using Microsoft.Extensions.Logging;
using Migrate.Executor.Targets;
using Migrate.Target.Host;

namespace Migrate.Executor.Runs.Steps;

/// <summary>The namespaces of a run, for the one worker that holds its lease.</summary>
public sealed class RunDestination(ITargetControl target, TargetFence fence, ExecutorOptions options, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Of the 10 s that a stop may take: with the check each second and the last checkpoint (Copy.ExtentSink) there is some left for the rows.</summary>
    private static readonly TimeSpan CancelledTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Connects as the lease's own host, which alone may write to these namespaces from now on.</summary>
    public async Task<NvmeHost> ConnectAsync(RunWork work, IEnumerable<Guid> namespaces, CancellationToken cancellationToken)
    {
        foreach (var uuid in namespaces)
        {
            await fence.GrantAsync(work.Lease, uuid, cancellationToken);
            if (work.KvmHost.AttachesByNetwork && await target.FindNamespaceAsync(uuid, cancellationToken) is { Online: false })
            {
                await target.BringOnlineAsync(uuid, cancellationToken); // Taken from a KVM host that did not get to start its domain.
            }
        }

        var place = await target.PlaceAsync(cancellationToken);
        // TCP's own sum has 16 bits: what it lets pass, reading back would find hours later. Within a machine there is no wire to protect from.
        var hasWire = target.Local is null && !IPAddress.IsLoopback(place.EndPoint.Address);
        return await NvmeHost.ConnectAsync(
            new NvmeHostOptions
            {
                EndPoint = place.EndPoint,
                SubsystemNqn = place.SubsystemNqn,
                HostNqn = work.Lease.HostNqn,
                HostId = work.Lease.HostId,
                LossTimeout = options.TargetLossTimeout,
                CancelledTimeout = CancelledTimeout,
                HeaderDigest = hasWire,
                DataDigest = hasWire,
                Local = options.TargetByTcp ? null : target.Local,
                FindData = target.FindDataAsync,
            },
            time,
            loggers,
            cancellationToken);
    }

    /// <summary>Of the target, by which the way to it is limited.</summary>
    public async Task<string> AddressAsync(CancellationToken cancellationToken) => (await target.PlaceAsync(cancellationToken)).EndPoint.Address.ToString();

    /// <summary>Nothing was ever written to it: it reads as zeroes.</summary>
    public async Task<bool> IsUntouchedAsync(Guid uuid, CancellationToken cancellationToken) =>
        await target.FindNamespaceAsync(uuid, cancellationToken) is { AllocatedBytes: 0 };
}
