using System.Security.Cryptography;
using System.Text;
using Migrate.Planner;

namespace Migrate.Api.Versions;

/// <summary>
/// <c>ETag</c> and <c>If-Match</c> (RFC 9110, 8.8.3 and 13.1.1). A resource's tag changes with what one decides by, and not with what only goes on, such as the
/// progress of a copy. A change that carries the tag that its caller has seen is refused with 412 if somebody else was faster; without If-Match it is done.
/// </summary>
internal static class ResourceVersion
{
    /// <summary>Changes of one resource wait for each other, so that no two see the same tag; others that fall on the same lock wait too, which costs little.</summary>
    private static readonly SemaphoreSlim[] Locks = [.. Enumerable.Range(0, 1024).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>What the tag is made of, read from the call's route; null when there is no such resource, which the endpoint itself says better.</summary>
    public delegate Task<string?> Facts(HttpContext context);

    public static RouteHandlerBuilder HasVersion(this RouteHandlerBuilder endpoint, Facts facts) => endpoint.WithMetadata(new Versioned()).AddEndpointFilter(async (call, next) =>
    {
        var http = call.HttpContext;
        if (HttpMethods.IsGet(http.Request.Method))
        {
            // Read before the answer: a tag that is too old makes its holder look again, one that is too new would let it overwrite what it has not seen.
            if (await facts(http) is { } seen)
            {
                http.Response.Headers.ETag = TagOf(seen);
            }

            return await next(call);
        }

        using var entered = await EnterAsync(http, facts, http.Request.Headers.IfMatch.ToString());
        return await next(call);
    });

    /// <summary>The tag of what there is now; null when there is no such resource.</summary>
    public static async Task<string?> NowAsync(HttpContext http, Facts facts) => await facts(http) is { } now ? TagOf(now) : null;

    /// <summary>Waits for others who change the resource, and compares: what is done before the answer is disposed of, nobody else can overtake.</summary>
    /// <exception cref="MigrateException">request.version-changed.</exception>
    public static async Task<IDisposable> EnterAsync(HttpContext http, Facts facts, string wanted)
    {
        var gate = Locks[(uint)LockOf(http, facts).GetHashCode(StringComparison.Ordinal) % Locks.Length];
        await gate.WaitAsync(http.RequestAborted);
        try
        {
            if (wanted is not ("" or "*") && await facts(http) is { } now && !wanted.Split(',', StringSplitOptions.TrimEntries).Contains(TagOf(now)))
            {
                throw new MigrateException("request.version-changed", "Somebody else has changed it since it was looked at.", "Look at it again, and decide anew: its tag is in the header ETag of what GET answers.");
            }

            return new Entered(gate);
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    /// <summary>Marks what has a tag, for the API's document.</summary>
    internal sealed class Versioned;

    private static string TagOf(string facts) => $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts)).AsSpan(0, 12))}\"";

    // By what it is, not by the call: taking two VMs out of a plan changes the same plan.
    private static string LockOf(HttpContext http, Facts facts) => $"{facts.Method.Name}:{http.Request.RouteValues["id"] ?? http.Request.RouteValues["name"]}";

    private sealed class Entered(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
