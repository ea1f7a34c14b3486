using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Problems;
using Migrate.Api.Security;
using Migrate.Api.Security.Audit;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Idempotency;

/// <summary>
/// The header <c>Idempotency-Key</c>, 1 to 128 visible characters of the caller's choice, on any call of the API that may change something: whoever lost
/// the answer asks again with the same key and gets it, without the thing being done twice. What was refused was not done, and is tried
/// again. Answers are kept for a day, per account.
/// </summary>
internal static class RepeatedCalls
{
    public const string Header = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotency-Replayed";
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);
    private const int LongestKey = 128;

    /// <summary>On an endpoint whose answer holds a secret that is not stored anywhere: it takes no key.</summary>
    public sealed record NotKept;

    /// <summary>Stands after authorisation.</summary>
    public static void UseRepeatedCalls(this WebApplication app) => app.Use(async (context, next) =>
    {
        var key = context.Request.Headers[Header].ToString();
        if (key.Length == 0 || !context.Request.MayChange()
            || !context.Request.Path.StartsWithSegments("/api") || Account.Of(context.User) is not { } account || context.GetEndpoint() is not { } endpoint)
        {
            await next(context);
            return;
        }

        if (key.Length > LongestKey || key.Any(x => x is < '!' or > '~'))
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "idempotency.key-invalid", $"The {Header} is not 1 to {LongestKey} visible ASCII characters.", "Use a UUID.");
            return;
        }

        if (endpoint.Metadata.GetMetadata<NotKept>() is not null)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "idempotency.not-here", "The answer of this call is shown once and kept nowhere, so it cannot be given twice.", $"Call without {Header}; if the answer was lost, revoke what was made and make another.");
            return;
        }

        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        var databases = context.RequestServices.GetRequiredService<IDbContextFactory<MigrateDb>>();
        var call = new AnsweredCall { Account = OwnerOf(account), Key = key, Call = await HashAsync(context.Request, context.RequestServices.GetRequiredService<CallSecret>()), AskedAt = time.GetUtcNow().UtcDateTime };
        if (await FirstAsync(databases, call, context.RequestAborted) is { } before)
        {
            await RepeatAsync(context, before, call);
            return;
        }

        // A caller that hangs up is one that will ask again: what was begun for it comes to its end.
        context.RequestAborted = CancellationToken.None;
        await DoAsync(context, next, databases, call);
    });

    /// <summary>A key is an owner of its own, whatever it is called.</summary>
    private static string OwnerOf(Account account) => account.Through.StartsWith("key:", StringComparison.Ordinal) ? account.Through : account.Name;

    /// <summary>Null when nobody asked so before; else what is known of it. The row itself decides who is first.</summary>
    private static async Task<AnsweredCall?> FirstAsync(IDbContextFactory<MigrateDb> databases, AnsweredCall call, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var old = call.AskedAt - Kept;
        await db.AnsweredCalls.Where(x => x.AskedAt < old).ExecuteDeleteAsync(cancellationToken);
        db.AnsweredCalls.Add(call);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return null;
        }
        catch (DbUpdateException)
        {
            await using var other = await databases.CreateDbContextAsync(cancellationToken);
            return await other.AnsweredCalls.AsNoTracking().SingleOrDefaultAsync(x => x.Account == call.Account && x.Key == call.Key, cancellationToken)
                ?? throw new InvalidOperationException("A call could not be noted, and nothing was there instead.");
        }
    }

    private static async Task RepeatAsync(HttpContext context, AnsweredCall before, AnsweredCall call)
    {
        if (before.Call != call.Call)
        {
            await RefuseAsync(context, StatusCodes.Status422UnprocessableEntity, "idempotency.key-reused", $"This {Header} was used for another call.", "Use a new key for each thing that is to be done.");
        }
        else if (before.Status is not { } status)
        {
            await RefuseAsync(
                context, StatusCodes.Status409Conflict, "idempotency.under-way", $"The call with this {Header} of {before.AskedAt:u} is under way, or it failed or the server was stopped over it so that nobody knows whether it was done.",
                "Ask again in a moment. If it stays so, look whether it was done before you ask with a new key.");
        }
        else
        {
            context.Response.StatusCode = status;
            context.Response.Headers[ReplayedHeader] = "true";
            context.Response.Headers.Location = before.Location;
            if (before.ContentType is { } type)
            {
                context.Response.ContentType = type;
                await context.Response.WriteAsync(before.Body ?? "", context.RequestAborted);
            }
        }
    }

    private static async Task DoAsync(HttpContext context, RequestDelegate next, IDbContextFactory<MigrateDb> databases, AnsweredCall call)
    {
        var outward = context.Response.Body;
        using var body = new MemoryStream();
        context.Response.Body = body;
        var (isDone, isRefused) = (false, false);
        try
        {
            await next(context);
            (isDone, isRefused) = (context.Response.StatusCode is >= 200 and < 300, context.Response.StatusCode is >= 400 and < 500);
        }
        catch (Exception e)
        {
            // Whether anything was done by what failed otherwise, nobody knows: its row stays, and says so to who asks again.
            isRefused = e is BadHttpRequestException || RefusedProblem.Of(e) is { StatusCode: < 500 };
            throw;
        }
        finally
        {
            context.Response.Body = outward;
            // Neither is cancelled with the call: what was done was done, and what was not may be asked again.
            await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
            var row = db.AnsweredCalls.Where(x => x.Account == call.Account && x.Key == call.Key);
            if (isDone)
            {
                var text = Encoding.UTF8.GetString(body.ToArray());
                var (status, type, location) = (context.Response.StatusCode, context.Response.ContentType, (string?)context.Response.Headers.Location);
                await row.ExecuteUpdateAsync(
                    set => set.SetProperty(x => x.Status, status).SetProperty(x => x.ContentType, type).SetProperty(x => x.Location, location).SetProperty(x => x.Body, text), CancellationToken.None);
            }
            else if (isRefused)
            {
                await row.ExecuteDeleteAsync(CancellationToken.None);
            }
        }

        body.Position = 0;
        await body.CopyToAsync(outward, context.RequestAborted);
    }

    private static async Task<string> HashAsync(HttpRequest request, CallSecret secret)
    {
        request.EnableBuffering();
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret.Bytes);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method} {request.Path}{request.QueryString}\n"));
        var buffer = new byte[16384];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }

        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code, string message, string remedy)
    {
        context.NoteProblem(code);
        await Problem.Of(status, code, message, remedy).ExecuteAsync(context);
    }
}
