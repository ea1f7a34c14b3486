using System.Net;
using System.Net.Http.Headers;
using Migrate.Planner;

namespace Migrate.Executor.Sources;

/// <summary>
/// GETs ranges of one file and does not give up lightly: busy answers are waited out, a cut or silent connection is taken up at the byte it
/// had reached, a lost session is renewed once for all the requests that noticed.
/// </summary>
internal sealed class RangeClient(HttpClient http, Uri uri, FolderReaderOptions options, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private int _sessions;
    private long _renewedAt = time.GetTimestamp();
    private EntityTagHeaderValue? _tag;
    private long _limited;
    private long _answering;
    private long _transferring;

    /// <summary>What all requests so far waited for.</summary>
    public ReadTimes Times => new(Span(ref _limited), Span(ref _answering), Span(ref _transferring));

    /// <summary>The file's size, by HEAD.</summary>
    public async Task<long> SizeAsync(CancellationToken cancellationToken)
    {
        long? size = null;
        await RetryAsync(() => 0, async silence =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Head, uri);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            Refuse(response, HttpStatusCode.OK);
            if (response.Headers.AcceptRanges.Contains("none"))
            {
                throw NoRanges();
            }
            size = response.Content.Headers.ContentLength;
            _tag = response.Headers.ETag is { IsWeak: false } tag ? tag : null;
        }, cancellationToken);
        return size ?? throw new MigrateException("source.size-unknown", $"The source does not say how large {HttpFailure.NameOf(uri)} is.", "Read the disk with another reader.");
    }

    /// <summary>Fills the buffers, which together are the range, in order.</summary>
    public async Task ReadAsync(long offset, IReadOnlyList<Memory<byte>> buffers, long capacityBytes, CancellationToken cancellationToken)
    {
        var length = buffers.Sum(b => (long)b.Length);
        long done = 0;
        await RetryAsync(() => done, async silence =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.Range = new RangeHeaderValue(offset + done, offset + length - 1);
            var began = time.GetTimestamp();
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            Add(ref _answering, began);
            Refuse(response, HttpStatusCode.PartialContent);
            CheckTag(response.Headers.ETag);
            CheckRange(response.Content.Headers.ContentRange, offset + done, offset + length - 1, capacityBytes);
            await using var body = await response.Content.ReadAsStreamAsync(silence.Token);
            while (done < length)
            {
                silence.CancelAfter(options.StallTimeout);
                began = time.GetTimestamp();
                var read = await body.ReadAsync(Rest(buffers, done), silence.Token);
                Add(ref _transferring, began);
                if (read == 0)
                {
                    throw new HttpIOException(HttpRequestError.ResponseEnded, $"the answer ended {length - done} bytes early");
                }
                done += read;
            }
        }, cancellationToken);
    }

    public void Dispose() => _renewing.Dispose();

    private async Task RetryAsync(Func<long> progress, Func<CancellationTokenSource, Task> attempt, CancellationToken cancellationToken)
    {
        var renewed = false;
        var delay = options.FirstDelay;
        for (var failures = 0; ;)
        {
            var (before, session) = (progress(), Volatile.Read(ref _sessions));
            TimeSpan? asked = null;
            try
            {
                if (options.RenewSession is not null && time.GetElapsedTime(Volatile.Read(ref _renewedAt)) > options.RenewAfter)
                {
                    await RenewAsync(session, cancellationToken);
                }
                await LimitedAsync(attempt, cancellationToken);
                options.Budget?.Served();
                return;
            }
            catch (Refused refused) when (refused.Status == HttpStatusCode.Unauthorized && options.RenewSession is not null && !renewed)
            {
                await RenewAsync(session, cancellationToken);
                renewed = true;
                continue;
            }
            catch (Refused refused)
            {
                if (HttpFailure.IsBusy(refused.Status))
                {
                    options.Budget?.Busy(refused.RetryAfter);
                }
                if (!HttpFailure.IsBusy(refused.Status) || failures + 1 >= options.Attempts)
                {
                    throw HttpFailure.Of(refused.Status, uri);
                }
                asked = refused.RetryAfter;
            }
            catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException)
            {
                if (progress() > before)
                {
                    (failures, delay, renewed) = (0, options.FirstDelay, false);
                }
                if (failures + 1 >= options.Attempts)
                {
                    throw HttpFailure.Cut(uri, progress(), e);
                }
            }
            failures++;
            await Task.Delay(asked > delay ? asked.Value : delay, time, cancellationToken);
            delay = delay * 2 < options.LongestDelay ? delay * 2 : options.LongestDelay;
        }
    }

    /// <summary>
    /// Holds a place in the host's limit only while the request runs, not while it waits to be repeated. The attempt is given what ends it when
    /// the source falls silent, and puts that off with every byte that comes.
    /// </summary>
    private async Task LimitedAsync(Func<CancellationTokenSource, Task> attempt, CancellationToken cancellationToken)
    {
        if (options.Budget is { } budget)
        {
            var began = time.GetTimestamp();
            await budget.EnterAsync(cancellationToken);
            Add(ref _limited, began);
        }
        try
        {
            using var silence = new CancellationTokenSource(options.StallTimeout, time);
            await using var either = cancellationToken.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), silence);
            await attempt(silence);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("the source sent nothing for a while", e);
        }
        finally
        {
            options.Budget?.Leave();
        }
    }

    private async Task RenewAsync(int session, CancellationToken cancellationToken)
    {
        await _renewing.WaitAsync(cancellationToken);
        try
        {
            // Several requests meet the same expiry; whoever comes later finds it done.
            if (_sessions == session)
            {
                await options.RenewSession!(cancellationToken);
                _sessions++;
                Volatile.Write(ref _renewedAt, time.GetTimestamp());
            }
        }
        finally
        {
            _renewing.Release();
        }
    }

    private void Refuse(HttpResponseMessage response, HttpStatusCode wanted)
    {
        if (response.StatusCode == wanted)
        {
            return;
        }
        if (response.IsSuccessStatusCode)
        {
            throw NoRanges();
        }
        // Seconds, or a date by the server's clock.
        var retry = response.Headers.RetryAfter;
        throw new Refused(response.StatusCode, retry?.Delta ?? (retry?.Date - (response.Headers.Date ?? time.GetUtcNow())));
    }

    private void CheckTag(EntityTagHeaderValue? tag)
    {
        if (_tag is not null && tag is { IsWeak: false } && !tag.Equals(_tag))
        {
            throw new MigrateException("source.changed", $"{HttpFailure.NameOf(uri)} was written to while it was read: its tag is another now.",
                "See that the VM stays powered off or that the file is a snapshot's frozen parent, then copy the disk from the start.");
        }
    }

    private void CheckRange(ContentRangeHeaderValue? range, long from, long to, long capacityBytes)
    {
        if (range is not { Unit: "bytes", From: { } start, To: { } end })
        {
            throw NoRanges();
        }
        if (range.Length is { } total && total != capacityBytes)
        {
            throw HttpFailure.SizeChanged(HttpFailure.NameOf(uri));
        }
        // A shorter part is taken up where it ends; one from elsewhere would be copied to the wrong place.
        if (start != from || end > to)
        {
            throw new MigrateException("source.range-wrong", $"The source sends bytes {start} to {end} of {HttpFailure.NameOf(uri)} where {from} to {to} were asked for.",
                "Ask the host directly instead of through a proxy, or read the disk with an export lease.");
        }
    }

    private MigrateException NoRanges() => new("source.ranges-refused", $"The source does not give parts of {HttpFailure.NameOf(uri)} (no HTTP ranges).",
        "Ask the host directly instead of through a proxy, or read the disk with an export lease.");

    private void Add(ref long ticks, long began) => Interlocked.Add(ref ticks, time.GetElapsedTime(began).Ticks);

    private static TimeSpan Span(ref long ticks) => TimeSpan.FromTicks(Volatile.Read(ref ticks));

    private static Memory<byte> Rest(IReadOnlyList<Memory<byte>> buffers, long done)
    {
        var index = 0;
        for (; done >= buffers[index].Length; index++)
        {
            done -= buffers[index].Length;
        }
        return buffers[index][(int)done..];
    }

    private sealed class Refused(HttpStatusCode status, TimeSpan? retryAfter) : Exception
    {
        public HttpStatusCode Status { get; } = status;

        public TimeSpan? RetryAfter { get; } = retryAfter;
    }
}
