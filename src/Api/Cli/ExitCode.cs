namespace Migrate.Api.Cli;

/// <summary>What the process's exit code says; part of the command line's contract and listed in its help.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int BlockedByConcerns = 3;
    public const int PartlyDone = 4;
    public const int CannotReachServer = 5;
    public const int NotAuthorised = 6;
    public const int Interrupted = 130;

    public static readonly IReadOnlyList<(int Code, string Meaning)> All =
    [
        (Done, "done"),
        (Failed, "failed"),
        (Usage, "wrong usage"),
        (BlockedByConcerns, "blocked by concerns, or a gate is closed"),
        (PartlyDone, "partly done: some VMs failed"),
        (CannotReachServer, "the server cannot be reached"),
        (NotAuthorised, "not authorised"),
        (Interrupted, "interrupted (what was started goes on)"),
    ];

    public static string Help { get; } = string.Join(Environment.NewLine, All.Select(x => $"  {x.Code,3}  {x.Meaning}").Prepend("Exit codes:"));
}
