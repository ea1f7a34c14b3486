namespace Migrate.Api.Security.Sessions;

/// <summary>
/// Slows down who guesses passwords: after five tries of one name within a quarter of an hour that did not succeed, or twenty from one address, more are refused
/// until the oldest of them is that old. A try counts before it is looked at, so that many at once are not more than one after the other. In
/// memory, because a restart gives an attacker five more tries and no more.
/// </summary>
internal sealed class LoginThrottle(TimeProvider time)
{
    public const int Tries = 5;
    /// <summary>More than of a name: a whole office may come from one address.</summary>
    public const int TriesOfAddress = 20;
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(15);
    /// <summary>Names and addresses remembered at most, the oldest forgotten first: whoever tries more of both cannot fill the memory.</summary>
    private const int MostKeys = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<DateTimeOffset>> _tries = new(StringComparer.Ordinal);

    /// <summary>Takes a try: null, or how long the caller has to wait before it may.</summary>
    public TimeSpan? Try(string name, string address)
    {
        lock (_gate)
        {
            var (ofName, ofAddress) = (Of("name:" + Folded(name)), Of("from:" + address));
            if (Wait(ofName, Tries) is var wait && Wait(ofAddress, TriesOfAddress) is var other && (wait ?? other) is not null)
            {
                return wait is null || other > wait ? other : wait;
            }

            ofName.Enqueue(time.GetUtcNow());
            ofAddress.Enqueue(time.GetUtcNow());
            return null;
        }
    }

    /// <summary>Whoever knew the password was not guessing that name; the address is given its one try back, since others behind it may be guessing.</summary>
    public void Succeeded(string name, string address)
    {
        lock (_gate)
        {
            _tries.Remove("name:" + Folded(name));
            if (_tries.TryGetValue("from:" + address, out var tries))
            {
                tries.TryDequeue(out _);
            }
        }
    }

    private TimeSpan? Wait(Queue<DateTimeOffset> tries, int most) => tries.Count >= most ? tries.Peek() + Within - time.GetUtcNow() : null;

    private Queue<DateTimeOffset> Of(string key)
    {
        if (!_tries.TryGetValue(key, out var tries))
        {
            if (_tries.Count >= MostKeys)
            {
                foreach (var old in _tries.OrderBy(x => x.Value.LastOrDefault()).Take(MostKeys / 10).Select(x => x.Key).ToList())
                {
                    _tries.Remove(old);
                }
            }

            _tries[key] = tries = new Queue<DateTimeOffset>();
        }

        while (tries.TryPeek(out var oldest) && oldest + Within <= time.GetUtcNow())
        {
            tries.Dequeue();
        }

        return tries;
    }

    private static string Folded(string name) => name.Trim().ToLowerInvariant() is var folded && folded.Length > 64 ? folded[..64] : folded;
}
