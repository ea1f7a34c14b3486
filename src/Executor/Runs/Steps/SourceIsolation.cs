using System.Globalization;
using System.Text.Json;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Privileges;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Keeps a source that has moved off its networks: its cards are not connected when it is powered on, and its notes say where it went. What was there before is
/// in the run's row before anything is changed, so that a roll-back after any crash puts back exactly that.
/// </summary>
public sealed class SourceIsolation(SourceAccess sources, TimeProvider time)
{
    /// <summary>While the guest still serves: what would stop the cutover must not be found out in the downtime.</summary>
    /// <exception cref="MigrateException">source.privileges-missing.</exception>
    public static async Task CheckAsync(SourceSession session, RunWork work, CancellationToken cancellationToken)
    {
        if (session.Server is not { } server || !work.Policy.IsolateSource)
        {
            return;
        }

        var report = await server.CheckPrivilegesAsync(work.Run.VmKey, work.Run.VmName, [Activity.Isolation], cancellationToken);
        if (report.Missing.Count > 0)
        {
            throw new MigrateException(
                "source.privileges-missing",
                $"'{work.Run.VmName}' could not be taken off its networks after its move: {string.Join("; ", report.Lines())}.",
                "Grant them (migrate source privileges NAME --script govc|powercli prints the commands) and retry the run; or plan the VM anew with --no-isolation.");
        }
    }

    /// <summary>The VM is off, its domain not started yet. Done once, whoever calls again.</summary>
    public async Task CloseAsync(SourceSession session, RunWork work, CancellationToken cancellationToken)
    {
        if (session.Server is not { } server || !work.Policy.IsolateSource)
        {
            return;
        }

        if (Recorded(work) is null)
        {
            var change = new SourceChange(
                SourceChange.Isolation, "Its network cards are disconnected, and its notes say that it has moved.", "Connect the cards and remove the note.", time.GetUtcNow().UtcDateTime)
            {
                Before = await server.ReadLinksAsync(work.Run.VmKey, cancellationToken),
            };
            var changes = SourceChanges.With(work.Run.SourceChanges, change);
            await work.UpdateAsync(set => set.SetProperty(x => x.SourceChanges, changes), cancellationToken);
        }

        await server.IsolateAsync(work.Run.VmKey, NoteOf(work), cancellationToken);
        if (work.Run.SourceAtRest is { } noted)
        {
            var json = JsonSerializer.Serialize(await JsonSerializer.Deserialize<VmAtRest>(noted)!.AfterEditAsync(server, work.Run.VmKey, cancellationToken));
            await work.UpdateAsync(set => set.SetProperty(x => x.SourceAtRest, json), cancellationToken);
        }

        await work.LogAsync(RunLog.Info, "The source's network cards are disconnected: it cannot come up beside its copy.", cancellationToken);
    }

    /// <summary>The source as it was before <see cref="CloseAsync"/>; its domain is gone. Nothing to do when it was never isolated, or is gone itself.</summary>
    public async Task OpenAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (Recorded(work) is not { Before: { } before })
        {
            return;
        }

        await using var session = await sources.OpenAsync(work.Source, cancellationToken);
        if (await session.ReadVmAsync(work.Run.VmKey, cancellationToken) is not null)
        {
            await session.RejoinAsync(work.Run.VmKey, before, NoteOf(work), cancellationToken);
            await work.LogAsync(RunLog.Info, "The source's network cards are connected again, as they were.", cancellationToken);
        }

        var changes = SourceChanges.Without(work.Run.SourceChanges, SourceChange.Isolation);
        await work.UpdateAsync(set => set.SetProperty(x => x.SourceChanges, changes), cancellationToken);
    }

    private static SourceChange? Recorded(RunWork work) => SourceChanges.Read(work.Run.SourceChanges).FirstOrDefault(x => x.Kind == SourceChange.Isolation);

    /// <summary>The same each time that it is asked for: by it the note is found again.</summary>
    private static string NoteOf(RunWork work) => string.Create(
        CultureInfo.InvariantCulture,
        $"[migrate] Moved to {work.KvmHost.Name} by run {work.Run.Id:D}. Its network cards are disconnected; migrate run rollback {work.Run.Id:D} puts them back.");
}
