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

    public const string Help =
        """
        Exit codes:
          0  done                     4  partly done: some VMs failed
          1  failed                   5  the server cannot be reached
          2  wrong usage              6  not authorised
          3  blocked by concerns    130  interrupted (what was started goes on)
        """;
}
