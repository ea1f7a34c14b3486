using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Migrate.Api.Problems;

/// <summary>
/// RFC 9457 problem details as this API writes them: <c>title</c> says what happened, and the extensions are <c>code</c> (stable,
/// e.g. <c>source.thumbprint-mismatch</c>), <c>remedy</c> (an instruction), <c>errors</c> (everything wrong with a refused
/// request, one line each; empty when the title says it all), <c>leftBehind</c> (what the failure could not take back) and <c>traceId</c>.
/// </summary>
internal static class Problem
{
    public static ProblemHttpResult Of(
        int status,
        string code,
        string message,
        string remedy,
        IReadOnlyList<string>? errors = null,
        IReadOnlyList<string>? leftBehind = null) =>
        TypedResults.Problem(new ProblemDetails
        {
            Status = status,
            Type = "urn:migrate:problem:" + code,
            Title = message,
            Extensions =
            {
                ["code"] = code,
                ["remedy"] = remedy,
                ["errors"] = errors ?? [],
                ["leftBehind"] = leftBehind ?? [],
            },
        });
}
