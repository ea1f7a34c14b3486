using System.Text.Json;
using Migrate.Planner;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Executor.Runs;

/// <summary>What a run's row says about why it failed.</summary>
public sealed record Failure(string Code, string Message, string Remedy, bool IsTransient, IReadOnlyList<string> LeftBehind)
{
    private const int ConflictType = 0;
    private const int ReservationConflict = 0x83;

    public bool IsDefect => Code == "internal";

    public string LeftBehindJson => JsonSerializer.Serialize(LeftBehind, RunsJson.Default.IReadOnlyListString);

    public static Failure Of(Exception exception) => exception switch
    {
        MigrateException e => new(e.Code, e.Message, e.Remedy, e.IsTransient, e.LeftBehind),
        TargetException e => new(e.Code, e.Message, e.Remedy, IsTransient: e.Code is "target.unreachable" or "target.stopping", []),
        NvmeException { StatusCodeType: ConflictType, StatusCode: ReservationConflict } e => new(
            "target.fenced", $"The target refused a write: another worker has taken this run over. {e.Message}",
            "Retry the run.", IsTransient: true, []),
        NvmeException e => new(
            "target.io", $"The target could not be written or read: {e.Message}",
            "See the target's log and its file system; retry the run, what was copied stays copied.", IsTransient: e.StatusCodeType is null, []),
        _ when DatabaseTrouble.Passes(exception) => new(
            "database.trouble", $"The database could not be read or written: {DatabaseTrouble.Says(exception)}.",
            "See that the database answers and has room, then retry the run: it goes on from its last checkpoint.", IsTransient: true, []),
        // The message of an unexpected exception may hold anything, secrets too: the log of the service has it, this row has not.
        _ => new(
            "internal", $"A defect of this program stopped the run ({exception.GetType().Name}).",
            "Report it with the service's log of that time; then retry the run.", IsTransient: false, []),
    };
}
