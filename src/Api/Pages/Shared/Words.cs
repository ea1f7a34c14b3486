using Migrate.Planner.Persistence;

namespace Migrate.Api.Pages.Shared;

/// <summary>States as people call them, and what they mean to them.</summary>
internal static class Words
{
    public static string Of(RunPhase phase) => phase switch
    {
        RunPhase.CuttingOver => "Cutting over",
        RunPhase.RolledBack => "Rolled back",
        _ => phase.ToString(),
    };

    public static Tone ToneOf(RunPhase phase) => phase switch
    {
        RunPhase.Completed or RunPhase.Ready => Tone.Good,
        RunPhase.Failed => Tone.Bad,
        RunPhase.Paused => Tone.Warn,
        RunPhase.Planned or RunPhase.RolledBack => Tone.Idle,
        _ => Tone.Busy,
    };

    public static Tone ToneOfOutcome(string? outcome) => outcome switch { "Pass" => Tone.Good, "Fail" => Tone.Bad, "Inconclusive" => Tone.Warn, _ => Tone.Idle };

    public static Tone ToneOf(Planner.Concerns.ConcernSeverity severity) => severity switch
    {
        Planner.Concerns.ConcernSeverity.Critical => Tone.Bad,
        Planner.Concerns.ConcernSeverity.Warning => Tone.Warn,
        _ => Tone.Idle,
    };

    public static string Power(string state) => state switch { "poweredOn" => "On", "poweredOff" => "Off", "suspended" => "Suspended", _ => state };

    /// <summary>How long ago, roughly: the exact time stands beside it or in its title.</summary>
    public static string Ago(DateTime? at, DateTime now) => at is not { } then ? "never" : (now - then) switch
    {
        { TotalSeconds: < 60 } => "just now",
        { TotalMinutes: < 60 } and var age => $"{(int)age.TotalMinutes} min ago",
        { TotalHours: < 48 } and var age => $"{(int)age.TotalHours} h ago",
        var age => $"{(int)age.TotalDays} days ago",
    };

    /// <summary>How long it is until then; empty when it has come.</summary>
    public static string Until(DateTime at, DateTime now) => (at - now) switch
    {
        { TotalSeconds: <= 0 } => "",
        { TotalMinutes: < 1 } => "in less than a minute",
        { TotalMinutes: < 120 } and var left => $"in {(int)left.TotalMinutes} min",
        { TotalHours: < 48 } and var left => $"in {(int)left.TotalHours} h",
        var left => $"in {(int)left.TotalDays} days",
    };
}
