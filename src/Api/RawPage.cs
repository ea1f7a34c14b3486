using System.Globalization;
using System.Text;

namespace Migrate.Api;

/// <summary>A <see cref="Page{T}"/> of entries that are JSON already, since to write them anew for each call takes longer than all else.</summary>
internal sealed class RawPage(IReadOnlyList<byte[]> items, int number, int pageSize, long total) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var begin = """{"items":["""u8.ToArray();
        var end = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""],"number":{{number}},"pageSize":{{pageSize}},"total":{{total}}}"""));
        var response = httpContext.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = begin.Length + items.Sum(x => (long)x.Length) + Math.Max(0, items.Count - 1) + end.Length;
        await response.BodyWriter.WriteAsync(begin, httpContext.RequestAborted);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                await response.BodyWriter.WriteAsync(","u8.ToArray(), httpContext.RequestAborted);
            }

            await response.BodyWriter.WriteAsync(items[i], httpContext.RequestAborted);
        }

        await response.BodyWriter.WriteAsync(end, httpContext.RequestAborted);
    }
}
