namespace Migrate.Executor.Validation;

/// <summary>What a guest's console showed. <paramref name="Tail"/> is its end, for the report of a guest that did not come up.</summary>
public sealed record ConsoleFinding(string Expected, bool Found, string? Line, double AfterSeconds, string Tail);

/// <summary>Waits for a text in the log of a guest's serial console.</summary>
public static class ConsoleCheck
{
    public static Task<ConsoleFinding> WaitForAsync(
        string consoleLogPath, string text, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken) => throw new NotImplementedException();
}
