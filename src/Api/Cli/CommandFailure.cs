using System.Net;

namespace Migrate.Api.Cli;

/// <summary>A command that cannot go on: what to print on standard error, and the exit code.</summary>
internal sealed class CommandFailure(int exitCode, string message, string? remedy = null, IReadOnlyList<string>? details = null, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    public string? Remedy { get; } = remedy;

    public IReadOnlyList<string> Details { get; } = details ?? [];

    /// <summary>The status that the server, or what is before it, answered with.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>The problem's stable code when the server said it.</summary>
    public string? Code { get; init; }
}
