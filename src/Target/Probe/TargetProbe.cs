using Migrate.Target.Host;
using Migrate.Target.Protocol;

namespace Migrate.Target.Probe;

/// <summary>
/// Looks at a target from a host's side: what it offers, what it is, how fast it answers here and now. Reads only, unless the
/// options allow writing to a namespace that they name.
/// </summary>
public static class TargetProbe
{
    private const int DigestBytes = 4 << 20;

    /// <summary>Connects, asks, measures, and leaves.</summary>
    /// <exception cref="NvmeException">The target cannot be reached, refuses, or fails a command.</exception>
    /// <exception cref="ArgumentException">The options do not fit together.</exception>
    public static async Task<ProbeReport> RunAsync(ProbeOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Write && options.Namespace is null)
        {
            throw new ArgumentException("Writing needs the namespace to be named: its content is destroyed.", nameof(options));
        }

        var (discovered, problem) = await DiscoverAsync(options.Host, time, cancellationToken);
        var hostOptions = options.Host with { SubsystemNqn = SubsystemOf(options.Host, discovered, problem) };
        var began = time.GetTimestamp();
        await using var host = await NvmeHost.ConnectAsync(hostOptions, time, null, cancellationToken);
        var connectMs = time.GetElapsedTime(began).TotalMilliseconds;
        var namespaces = await host.ListAsync(cancellationToken);
        var chosen = options.Namespace ?? namespaces.FirstOrDefault(n => n.Uuid is not null)?.Uuid;
        var disk = chosen is { } uuid ? await host.OpenAsync(uuid, cancellationToken) : null;
        var measurements = disk is null || options.Duration <= TimeSpan.Zero ? [] : await MeasureAsync(disk, options, time, cancellationToken);
        return new ProbeReport
        {
            EndPoint = hostOptions.EndPoint,
            HostNqn = hostOptions.HostNqn,
            ConnectMs = connectMs,
            Discovered = discovered,
            DiscoveryProblem = problem?.Message,
            Controller = await host.DescribeAsync(cancellationToken),
            Namespaces = namespaces,
            Path = host.DescribePath(),
            Digests = await CheckDigestsAsync(hostOptions, chosen, time, cancellationToken),
            Measured = measurements.Count > 0 ? chosen : null,
            Measurements = measurements,
        };
    }

    private static async Task<(IReadOnlyList<DiscoveredSubsystem> Found, NvmeException? Problem)> DiscoverAsync(
        NvmeHostOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return (await NvmeHost.DiscoverAsync(options, time, cancellationToken), null);
        }
        catch (NvmeException e) when (!e.IsConnectionLost)
        {
            return ([], e); // a target need not have a discovery service at this port
        }
    }

    private static string SubsystemOf(NvmeHostOptions options, IReadOnlyList<DiscoveredSubsystem> discovered, NvmeException? problem)
    {
        if (options.SubsystemNqn.Length > 0)
        {
            return options.SubsystemNqn;
        }

        var nqns = discovered.Where(d => !d.IsDiscovery && d.Transport == "tcp").Select(d => d.Nqn).Distinct().ToList();
        return nqns.Count switch
        {
            1 => nqns[0],
            0 => throw new NvmeException("Discovery", problem?.Meaning ?? $"{options.EndPoint} offers no subsystem to {options.HostNqn}", problem),
            _ => throw new NvmeException("Discovery", $"{options.EndPoint} offers several subsystems, of which one must be named: {string.Join(", ", nqns)}"),
        };
    }

    private static async Task<IReadOnlyList<ProbeMeasurement>> MeasureAsync(
        NvmeDisk disk, ProbeOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var small = Math.Max(4096, disk.BlockSize);
        var large = (int)Math.Min(128 * 1024, disk.CapacityBytes);
        var all = new List<ProbeMeasurement>();
        foreach (var writes in options.Write ? new[] { false, true } : [false])
        {
            foreach (var (bytes, depth, isSequential) in new[] { (small, 1, false), (small, 32, false), (large, 8, true) })
            {
                if (bytes <= disk.CapacityBytes)
                {
                    all.Add(await LoadRun.RunAsync(disk, bytes, depth, isSequential, writes, options.Duration, time, cancellationToken));
                }
            }
        }

        return all;
    }

    /// <summary>A second connection, with digests: a target that computes them wrongly, or a network that changes bytes, shows here.</summary>
    private static async Task<DigestCheck> CheckDigestsAsync(NvmeHostOptions options, Guid? uuid, TimeProvider time, CancellationToken cancellationToken)
    {
        var granted = PduLayout.Plain;
        long read = 0;
        try
        {
            await using var host = await NvmeHost.ConnectAsync(options with { HeaderDigest = true, DataDigest = true, IoQueues = 1 }, time, null, cancellationToken);
            granted = host.Layout;
            if (uuid is { } chosen)
            {
                var disk = await host.OpenAsync(chosen, cancellationToken);
                var buffer = new byte[Math.Min(DigestBytes, disk.CapacityBytes / disk.BlockSize * disk.BlockSize)];
                await disk.ReadAsync(0, buffer, cancellationToken);
                read = buffer.Length;
            }

            return new DigestCheck(granted.HeaderDigest, granted.DataDigest, read, null);
        }
        catch (NvmeException e)
        {
            return new DigestCheck(granted.HeaderDigest, granted.DataDigest, read, e.Message);
        }
    }
}
