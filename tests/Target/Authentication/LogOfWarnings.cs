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

    public void Dispose() => Factory.Dispose();
}
