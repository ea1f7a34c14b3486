using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Migrate.Api.Reports.Formats;
using Migrate.Api.Reports.HandOver;
using Migrate.Api.Reports.Readiness;
using Migrate.Api.Reports.Validations;
using Migrate.Api.Reports.WaveResults;

namespace Migrate.Api.Reports;

/// <summary>Renders reports into one file without outside resources: the Razor components escape every name that a VM brings along.</summary>
internal sealed class ReportRenderer(IServiceProvider services, ILoggerFactory loggers)
{
    public Task<string> RenderAsync(RunReport report) => RenderAsync<RunReportPage>(report);

    public Task<string> RenderAsync(PlanReport report) => RenderAsync<PlanReportPage>(report);

    public Task<string> RenderAsync(Report report) => report switch
    {
        ReadinessReport => RenderAsync<ReadinessPage>(report),
        HandOverReport => RenderAsync<HandOverPage>(report),
        WaveResultReport => RenderAsync<WaveResultPage>(report),
        ValidationReport => RenderAsync<ValidationPage>(report),
        _ => throw new NotSupportedException($"There is no page for {report.GetType().Name}."),
    };

    private async Task<string> RenderAsync<TPage>(object report)
        where TPage : IComponent
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<TPage>(ParameterView.FromDictionary(new Dictionary<string, object?> { ["Report"] = report }));
            return "<!DOCTYPE html>\n" + page.ToHtmlString();
        });
    }
}
