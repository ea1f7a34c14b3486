using System.Collections.Concurrent;
using System.Globalization;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.PropertyCollection;

/// <summary>Retrievals that a session has not read to their end.</summary>
public sealed class PageTokens
{
    private readonly ConcurrentDictionary<string, Retrieval> _open = new(StringComparer.Ordinal);
    private int _last;

    public string Keep(Retrieval retrieval)
    {
        var token = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        _open[token] = retrieval;
        return token;
    }

    /// <summary>A token is good for one continuation.</summary>
    public Retrieval Take(string token) =>
        _open.TryRemove(token, out var retrieval) ? retrieval : throw VimFaultException.InvalidArgument("token", "A specified parameter was not correct: token");
}

/// <summary>What is left of a RetrievePropertiesEx: objects from <see cref="Position"/> on, <see cref="PageSize"/> at a time.</summary>
public sealed record Retrieval(IReadOnlyList<(FilterSpec Spec, MoRef Object)> Objects, int Position, int PageSize);
