using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Migrate.Executor.Tests.Runs;

/// <summary>Keeps what is logged, each entry with the names of all scopes around it, as the JSON log writes them.</summary>
internal sealed class ScopedLog : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<(string Message, IReadOnlyDictionary<string, object> Names)> _entries = new();
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public IReadOnlyList<(string Message, IReadOnlyDictionary<string, object> Names)> Entries => [.. _entries];

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    private sealed class Logger(ScopedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => log._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var names = new Dictionary<string, object>();
            log._scopes.ForEachScope((scope, all) =>
            {
                foreach (var (name, value) in scope as IEnumerable<KeyValuePair<string, object>> ?? [])
                {
                    all[name] = value;
                }
            }, names);
            log._entries.Enqueue((formatter(state, exception), names));
        }
    }
}
