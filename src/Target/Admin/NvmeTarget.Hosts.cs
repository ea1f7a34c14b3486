using Migrate.Target.Controllers;
using Migrate.Target.Protocol;

namespace Migrate.Target.Admin;

public sealed partial class NvmeTarget
{
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(10);

    /// <summary>Puts the host on the subsystem's list.</summary>
    /// <exception cref="TargetException"><c>target.no-such-subsystem</c>, <c>target.invalid-host-nqn</c>.</exception>
    public async Task AllowHostAsync(string subsystemNqn, string hostNqn, CancellationToken cancellationToken)
    {
        ThrowIfNoNqn(hostNqn);
        using var turn = await TakeTurnAsync(cancellationToken);
        var subsystem = NeedSubsystem(subsystemNqn);
        var record = _records.Find(subsystemNqn)!;
        if (!record.AllowedHosts.Contains(hostNqn))
        {
            await ChangeAsync(subsystem, record with { AllowedHosts = [.. record.AllowedHosts, hostNqn] }, cancellationToken);
        }
    }

    /// <summary>
    /// Takes the host off the subsystem's list; unless any host is allowed, its connections are ended and none of its commands
    /// is under way when this returns.
    /// </summary>
    /// <exception cref="TargetException"><c>target.no-such-subsystem</c>.</exception>
    public async Task DisallowHostAsync(string subsystemNqn, string hostNqn, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        var subsystem = NeedSubsystem(subsystemNqn);
        var record = _records.Find(subsystemNqn)!;
        if (record.AllowedHosts.Contains(hostNqn))
        {
            await ChangeAsync(subsystem, record with { AllowedHosts = [.. record.AllowedHosts.Where(h => h != hostNqn)] }, cancellationToken);
        }
    }

    /// <summary>
    /// Lets the host's running commands end, then ends its connections; until <see cref="ResumeHostAsync"/> it is told to come
    /// again later, also after restarts. It uses its other paths in the meantime, or waits.
    /// </summary>
    /// <param name="hostNqn">The host; it need not be connected.</param>
    /// <param name="patience">How long commands may take; then connections are cut, and the host repeats what was not answered.</param>
    /// <param name="cancellationToken">Gives up waiting; the host stays drained.</param>
    /// <returns>True when all commands ended in time.</returns>
    /// <exception cref="TargetException"><c>target.invalid-host-nqn</c>.</exception>
    public async Task<bool> DrainHostAsync(string hostNqn, TimeSpan patience, CancellationToken cancellationToken)
    {
        ThrowIfNoNqn(hostNqn);
        using (await TakeTurnAsync(cancellationToken))
        {
            Save(_records.With(_records.Host(hostNqn) with { Drained = true }));
            _subsystems.SetDrained(hostNqn, true);
        }

        // Others may go on changing things: that may take as long as the host likes.
        var results = await Task.WhenAll(_subsystems.All.Select(s => DrainAsync(s, hostNqn, patience, cancellationToken)));
        var inTime = results.All(r => r);
        LogDrained(hostNqn, inTime);
        return inTime;
    }

    /// <summary>The host may connect again; one that was not drained is no error.</summary>
    public async Task ResumeHostAsync(string hostNqn, CancellationToken cancellationToken)
    {
        using var turn = await TakeTurnAsync(cancellationToken);
        Save(_records.With(_records.Host(hostNqn) with { Drained = false }));
        _subsystems.SetDrained(hostNqn, false);
        LogResumed(hostNqn);
    }

    /// <summary>Every host that is connected, allowed by name, or drained, by NQN.</summary>
    public IReadOnlyList<HostInfo> ListHosts()
    {
        var records = _records;
        var controllers = _subsystems.All.Append(_subsystems.Discovery).SelectMany(s => s.Controllers).ToLookup(c => c.HostNqn);
        var known = records.Hosts.Select(h => h.Nqn).Concat(records.Subsystems.SelectMany(s => s.AllowedHosts)).Concat(controllers.Select(c => c.Key));
        return
        [
            .. known.Distinct().Order(StringComparer.Ordinal).Select(nqn => new HostInfo(
                nqn, records.Host(nqn).Drained, [.. records.Subsystems.Where(s => s.AllowedHosts.Contains(nqn)).Select(s => s.Nqn)],
                [.. controllers[nqn].OrderBy(c => c.Subsystem.Nqn).ThenBy(c => c.Id).Select(InfoOf)])),
        ];
    }

    private async Task<bool> DrainAsync(Subsystem subsystem, string hostNqn, TimeSpan patience, CancellationToken cancellationToken)
    {
        var ending = subsystem.Controllers.Where(c => c.HostNqn == hostNqn).ToList();
        ending.ForEach(c => c.DrainIo());
        var since = _time.GetTimestamp();
        bool IsBusy() => ending.Any(c => c.QueuePairs.Any(q => q.Key != 0));
        while (IsBusy() && _time.GetElapsedTime(since) < patience)
        {
            await Task.Delay(DrainPoll, _time, cancellationToken);
        }

        var inTime = !IsBusy();
        ending.ForEach(subsystem.Remove);
        await Task.WhenAll(ending.Select(c => c.Gone)).WaitAsync(cancellationToken);
        return inTime;
    }

    private static void ThrowIfNoNqn(string hostNqn)
    {
        if (Nqn.Problem(hostNqn) is { } problem)
        {
            throw new TargetException("target.invalid-host-nqn", $"\"{hostNqn}\" is no NQN: {problem}.", "Give the NQN that the host connects with.");
        }
    }

    private static ControllerInfo InfoOf(Controller controller) => new(
        controller.Subsystem.Nqn, controller.Id, controller.Port.Id, controller.HostId, TimeSpan.FromMilliseconds(controller.KeepAliveMs),
        [.. controller.QueuePairs.OrderBy(q => q.Key).Select(q => new ConnectionInfo(q.Key, q.Value.RemoteEndPoint, q.Value.LocalEndPoint))]);
}
