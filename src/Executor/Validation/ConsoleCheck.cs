namespace Migrate.Executor.Validation;

/// <summary>What a guest's console showed. <paramref name="Tail"/> is its end, for the report of a guest that did not come up.</summary>
public sealed record ConsoleFinding(string Expected, bool Found, string? Line, double AfterSeconds, string Tail);

/// <summary>Waits for a text in the log of a guest's serial console.</summary>
public static class ConsoleCheck
{
    public static async Task<ConsoleFinding> WaitForAsync(
        IConsoleFile console, string text, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var log = new ConsoleLog(console);
        while (true)
        {
            var line = await log.FindAsync(text, cancellationToken);
            var elapsed = time.GetElapsedTime(began);
            if (line is not null || elapsed >= patience)
            {
                return new ConsoleFinding(text, line is not null, line, elapsed.TotalSeconds, log.Tail);
            }
            await Task.Delay(console.Interval, time, cancellationToken);
        }
    }
}
