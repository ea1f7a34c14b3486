namespace Migrate.Planner;

/// <summary>
/// A failure that a person can act on: it names the thing, the cause and the remedy. Everything that crosses a room of
/// the house towards the user (API problem, command line, run log) is one of these; other exceptions are defects.
/// </summary>
public class MigrateException(string code, string message, string remedy, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Stable identifier, e.g. <c>source.thumbprint-mismatch</c>; part of the API's contract.</summary>
    public string Code { get; } = code;

    /// <summary>What the reader can do about it, as an instruction.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>True when the same call may succeed later without anybody changing anything.</summary>
    public bool IsTransient { get; init; }

    /// <summary>What was left behind and how to remove it; empty when nothing was.</summary>
    public IReadOnlyList<string> LeftBehind { get; init; } = [];
}
