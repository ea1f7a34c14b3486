using System.Collections.Concurrent;

namespace Migrate.Simulator.Faults;

/// <summary>Trouble with calls of the API, whichever service they are for, and what was seen of them.</summary>
internal sealed class ApiFaults
{
    private readonly CutCounter _cuts = new();
    private readonly CutCounter _stalls = new();
    private readonly Lock _lock = new();
    private (string Method, int Skip)? _expiry;
    private int _emptied;
    private (int Status, string? RetryAfter) _refusal = (StatusCodes.Status503ServiceUnavailable, null);
    private (double Share, Random Random) _garbling = (0, new Random(0));
    private int _refusals;
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private int _atOnce;
    private int _mostAtOnce;

    /// <summary>Calls by their name: SOAP's method, else the path.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    public int MostAtOnce => Volatile.Read(ref _mostAtOnce);

    /// <summary>Every call takes this long, beyond its work.</summary>
    public TimeSpan Delay { get; set; }

    public void Count(string call) => _calls.AddOrUpdate(call, 1, (_, before) => before + 1);

    public void Refuse(int times, int status, string? retryAfter)
    {
        _refusal = (status, retryAfter);
        Interlocked.Exchange(ref _refusals, times);
    }

    public void Cut(long afterBytes, int times) => _cuts.Arm(afterBytes, times);

    public void Stall(long afterBytes, int times) => _stalls.Arm(afterBytes, times);

    public void Garble(double share, int seed) => _garbling = (share, new Random(seed));

    /// <summary>The session ends when that method is called, after it was called <paramref name="skip"/> times.</summary>
    public void ExpireAt(string method, int skip)
    {
        lock (_lock)
        {
            _expiry = (method, skip);
        }
    }

    public bool ExpiresAt(string method)
    {
        lock (_lock)
        {
            if (_expiry is not { } expiry || expiry.Method != method)
            {
                return false;
            }

            _expiry = expiry.Skip > 0 ? (method, expiry.Skip - 1) : null;
            return expiry.Skip == 0;
        }
    }

    public void Empty(int times) => Interlocked.Exchange(ref _emptied, times);

    public bool IsEmptied() => Volatile.Read(ref _emptied) > 0 && Interlocked.Decrement(ref _emptied) >= 0;

    public async Task HandleAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Path.StartsWithSegments("/control", StringComparison.Ordinal))
        {
            await next(http);
            return;
        }

        if (Volatile.Read(ref _refusals) > 0 && Interlocked.Decrement(ref _refusals) >= 0)
        {
            await RefuseAsync(http);
            return;
        }

        if (http.Request.Path.StartsWithSegments("/folder", StringComparison.Ordinal) || http.Request.Path.StartsWithSegments("/nfc", StringComparison.Ordinal))
        {
            await next(http);
            return;
        }

        if (!http.Request.Path.StartsWithSegments("/sdk", StringComparison.Ordinal))
        {
            Count(http.Request.Path);
        }

        var now = Interlocked.Increment(ref _atOnce);
        for (var most = MostAtOnce; now > most && Interlocked.CompareExchange(ref _mostAtOnce, now, most) != most; most = MostAtOnce)
        {
        }

        try
        {
            if (Delay > TimeSpan.Zero)
            {
                await Task.Delay(Delay, http.RequestAborted);
            }

            if (_cuts.Take() is { } cut)
            {
                await PartAsync(http, next, cut);
                http.Abort();
            }
            else if (_stalls.Take() is { } stall)
            {
                await PartAsync(http, next, stall);
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
            else if (_garbling is { Share: > 0 } garbling && TakeGarbling(garbling) is { } damage)
            {
                await GarbleAsync(http, next, damage);
            }
            else
            {
                await next(http);
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client gave up.
        }
        finally
        {
            Interlocked.Decrement(ref _atOnce);
        }
    }

    private static Random? TakeGarbling((double Share, Random Random) garbling)
    {
        lock (garbling.Random)
        {
            return garbling.Random.NextDouble() < garbling.Share ? new Random(garbling.Random.Next()) : null;
        }
    }

    /// <summary>The call is carried out, and its answer arrives spoilt.</summary>
    private static async Task GarbleAsync(HttpContext http, RequestDelegate next, Random random)
    {
        var body = http.Response.Body;
        using var whole = new MemoryStream();
        http.Response.Body = whole;
        await next(http);
        http.Response.Body = body;
        var spoilt = XmlDamage.Do(whole.ToArray(), random);
        http.Response.ContentLength = spoilt.Length;
        await body.WriteAsync(spoilt, http.RequestAborted);
    }

    private Task RefuseAsync(HttpContext http)
    {
        http.Response.StatusCode = _refusal.Status;
        if (_refusal.RetryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = wait;
        }

        return http.Response.WriteAsync($"{_refusal.Status} (simulated)\n");
    }

    /// <summary>The call is carried out, and only the first bytes of its answer are sent.</summary>
    private static async Task PartAsync(HttpContext http, RequestDelegate next, long bytes)
    {
        var body = http.Response.Body;
        using var whole = new MemoryStream();
        http.Response.Body = whole;
        await next(http);
        http.Response.Body = body;
        http.Response.ContentLength ??= whole.Length;
        await body.WriteAsync(whole.GetBuffer().AsMemory(0, (int)Math.Min(bytes, Math.Max(0, whole.Length - 1))), http.RequestAborted);
        await body.FlushAsync(http.RequestAborted);
    }
}
