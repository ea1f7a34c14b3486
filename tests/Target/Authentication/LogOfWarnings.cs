using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Tests.Authentication;

/// <summary>Keeps what was logged as a warning or worse.</summary>
internal sealed class LogOfWarnings : ILoggerProvider, ILogger
{
    public LogOfWarnings() => Factory = LoggerFactory.Create(b => b.AddProvider(this));

    public ILoggerFactory Factory { get; }

    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Lines.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    /// <summary>What the other side has seen already may take a moment to get here.</summary>
    public async Task WaitForAsync(string part)
    {
        for (var waited = 0; !Lines.Any(l => l.Contains(part, StringComparison.Ordinal)); waited++)
        {
            waited.ShouldBeLessThan(300, $"\"{part}\" was not logged within 30 s");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => Factory.Dispose();
}
