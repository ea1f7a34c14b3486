using Migrate.Planner;

namespace Migrate.Executor.Destinations.Commands;

/// <summary>Runs programs of a KVM host. Arguments arrive as they are given, whatever characters they have.</summary>
public interface IHostCommands
{
    /// <summary>How messages name the machine: "this machine" or user@host.</summary>
    string Where { get; }

    /// <summary>
    /// Runs a program to its end; that it fails is a result and not an exception.
    /// </summary>
    /// <exception cref="MigrateException">
    /// <c>command.timeout</c>, <c>command.output-too-long</c>, <c>command.missing</c>; for a host by SSH also <c>ssh.*</c> when the login fails.
    /// </exception>
    Task<HostCommandResult> RunAsync(HostCommand command, CancellationToken cancellationToken);
}

/// <summary>A program and its arguments.</summary>
public sealed record HostCommand(params IReadOnlyList<string> Arguments)
{
    /// <summary>What the program reads; null: nothing.</summary>
    public string? Input { get; init; }

    /// <summary>The program is ended when it takes longer.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The program is ended when it says more, in characters, on either of its outputs.</summary>
    public int MaxOutput { get; init; } = 4 << 20;
}

/// <summary>What a program that ran to its end left.</summary>
public sealed record HostCommandResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The last line that says something: what programs end with when they fail.</summary>
    public string LastWords => (Errors + "\n" + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) switch
    {
        [] => $"exit status {ExitCode}",
        _ when Errors.Trim() is { Length: > 0 } errors => errors.Split('\n')[^1].Trim(),
        var lines => lines[^1],
    };
}
