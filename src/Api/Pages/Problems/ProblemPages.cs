using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Pages.Shared;

namespace Migrate.Api.Pages.Problems;

/// <summary>Answers with problem details, to a browser as a page that says the same.</summary>
internal static class ProblemPages
{
    public static Task AnswerAsync(HttpContext context, ProblemHttpResult problem) => PageRequest.IsBrowser(context) ? PageAsync(context, problem) : problem.ExecuteAsync(context);

    private static async Task PageAsync(HttpContext context, ProblemHttpResult problem)
    {
        // The request's own renderer may be in the middle of the page that failed.
        var services = context.RequestServices;
        await using var scope = services.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        try
        {
            await new RazorComponentResult<ProblemPage>(new { Failure = Failure.Of(problem) }) { StatusCode = problem.StatusCode }.ExecuteAsync(context);
        }
        finally
        {
            context.RequestServices = services;
        }
    }
}
