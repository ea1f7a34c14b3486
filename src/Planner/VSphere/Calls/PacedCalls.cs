using System.Net;

namespace Migrate.Planner.VSphere.Calls;

/// <summary>
/// What every call to a source's API goes through, whichever service it is for: waits for its turn, gives up on one that takes too long,
/// and asks again where the server was too busy to begin. The answer is read whole in here, so that a connection that dies or stalls in
/// the middle of it is a failed call and not half an answer.
/// </summary>
internal sealed class PacedCalls(CallPace pace, CallLimits limits, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <exception cref="MigrateException">source.busy, source.answer-too-large.</exception>
    /// <exception cref="HttpRequestException">The connection failed, or there was no answer in time.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var turn = await pace.TakeTurnAsync(cancellationToken);
            var response = await OnceAsync(request, cancellationToken);
            switch (response.StatusCode)
            {
                case HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests:
                    var pause = AskedFor(response) ?? limits.FirstPause * (1 << (attempt - 1));
                    // The others that wait for this server wait with us: it is the server that is busy, not this call.
                    pace.Pause(pause < limits.LongestPause ? pause : limits.LongestPause);
                    if (attempt >= limits.Attempts || pause > limits.LongestPause)
                    {
                        throw Busy(response, pause > limits.LongestPause ? $" and wants no further call for {pause.TotalSeconds:0} s" : $", {attempt} times in a row");
                    }

                    response.Dispose();
                    break;
                case HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout:
                    // Something in front of the service: whether the call was carried out nobody knows, so it is not sent twice.
                    throw Busy(response, "");
                default:
                    return response;
            }
        }
    }

    private async Task<HttpResponseMessage> OnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limits.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, either.Token);
            await response.Content.LoadIntoBufferAsync(limits.AnswerBytes, either.Token);
            return response;
        }
        catch (Exception e)
        {
            response?.Dispose();
            if (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new HttpRequestException(null, new TimeoutException($"no whole answer within {limits.Timeout.TotalSeconds:0.#} s"));
            }

            if (e is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded })
            {
                throw new MigrateException("source.answer-too-large", $"{request.RequestUri} gave an answer of more than {limits.AnswerBytes} bytes.",
                    "See that the address is that of vCenter or of an ESXi host; no answer of theirs is that large.", e);
            }

            throw;
        }
    }

    /// <summary>How long the server wants to be left alone. A moment is taken against the server's clock, which may be wrong.</summary>
    private TimeSpan? AskedFor(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - (response.Headers.Date ?? time.GetUtcNow()) is { Ticks: > 0 } wait ? wait : TimeSpan.Zero,
        _ => null,
    };

    private static MigrateException Busy(HttpResponseMessage response, string more)
    {
        using (response)
        {
            var address = response.RequestMessage!.RequestUri!;
            return new MigrateException("source.busy", $"{address.Host} answers {(int)response.StatusCode} ({response.ReasonPhrase}) at {address.AbsolutePath}{more}.",
                "The server is starting, overloaded or limits its sessions; wait, or end sessions that are no longer used.")
            { IsTransient = true };
        }
    }
}
