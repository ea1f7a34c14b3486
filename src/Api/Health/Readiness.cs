using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Api.Health;

internal enum HealthStatus
{
    Ok,
    /// <summary>Something outside is away: a restart would mend nothing.</summary>
    Degraded,
    Failed,
}

/// <summary>One thing that was looked at.</summary>
internal sealed record HealthCheck(string Name, HealthStatus Status, string Detail);

/// <summary>What <c>/readyz</c> tells who may know it.</summary>
internal sealed record HealthReport(HealthStatus Status, IReadOnlyList<HealthCheck> Checks);

/// <summary>
/// Whether this server can do its work. Its own parts decide whether it is ready: database, job engine, room on the disk. What it works with (sources, the
/// target's listener) can only degrade it, or one dead vCenter would take the server out of service.
/// </summary>
internal sealed class Readiness(IDbContextFactory<MigrateDb> databases, OwnChecks own, NvmeTarget target, ServeOptions options)
{
    /// <summary>Below it databases soon cannot write.</summary>
    public const long LeastFreeBytes = 256L << 20;
    public const long LittleFreeBytes = 5L << 30;

    /// <summary>What decides about being ready.</summary>
    public async Task<IReadOnlyList<HealthCheck>> OwnAsync(CancellationToken cancellationToken) =>
        [await own.DatabaseAsync(cancellationToken), own.Jobs(), Space()];

    public async Task<HealthReport> ReportAsync(CancellationToken cancellationToken)
    {
        List<HealthCheck> checks = [.. await OwnAsync(cancellationToken)];
        checks.Add(await ReachAsync("target", async patience =>
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(target.EndPoint, patience);
        }, cancellationToken));
        checks.AddRange(target.ListNamespaces().Where(x => x.Problem is not null)
            .Select(x => new HealthCheck($"namespace {x.Uuid}", HealthStatus.Degraded, $"{x.Problem!.Cause} {x.Problem.Remedy}")));
        if (checks[0].Status == HealthStatus.Ok)
        {
            checks.AddRange(await SourcesAsync(cancellationToken));
        }

        return new HealthReport(checks.Max(x => x.Status), checks);
    }

    private HealthCheck Space()
    {
        var free = new DriveInfo(options.Data.Root).AvailableFreeSpace;
        return new HealthCheck(
            "space", free < LeastFreeBytes ? HealthStatus.Failed : free < LittleFreeBytes ? HealthStatus.Degraded : HealthStatus.Ok, $"{Text.Bytes(free)} free in the data directory");
    }

    private async Task<IEnumerable<HealthCheck>> SourcesAsync(CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var sources = await db.Sources.AsNoTracking().OrderBy(x => x.Name).Select(x => new { x.Name, x.Url }).ToListAsync(cancellationToken);
        return await Task.WhenAll(sources
            .Where(x => Uri.TryCreate(x.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            .Select(x => ReachAsync($"source {x.Name}", async patience => (await options.SourceCalls.Addresses.ConnectAsync(new Uri(x.Url).DnsSafeHost, new Uri(x.Url).Port, patience)).Dispose(), cancellationToken)));
    }

    /// <summary>Whether somebody listens there; nobody logs in.</summary>
    private static async Task<HealthCheck> ReachAsync(string name, Func<CancellationToken, Task> connect, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(OwnChecks.Patience);
        try
        {
            await connect(patience.Token);
            return new HealthCheck(name, HealthStatus.Ok, "reachable");
        }
        catch (Exception e) when (e is SocketException or MigrateException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new HealthCheck(name, HealthStatus.Degraded, e is SocketException or MigrateException ? e.Message : $"no answer within {OwnChecks.Patience.TotalSeconds:0} s");
        }
    }
}
