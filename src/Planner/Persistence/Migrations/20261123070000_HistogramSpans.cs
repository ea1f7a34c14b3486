using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Migrate.Planner.Persistence.Migrations;

/// <summary>When the I/Os of an imported histogram were counted.</summary>
[DbContext(typeof(MigrateDb))]
[Migration("20261123070000_HistogramSpans")]
public sealed class HistogramSpans : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<DateTime>("CountedFrom", "imported_histograms", nullable: true);
        migrationBuilder.AddColumn<DateTime>("CountedTo", "imported_histograms", nullable: true);
    }

    /// <summary>EF drops no column on SQLite; there they stay, empty, until their table goes. The way back to an older program is its backup.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        if (!migrationBuilder.ActiveProvider!.EndsWith("Sqlite", StringComparison.Ordinal))
        {
            migrationBuilder.DropColumn("CountedFrom", "imported_histograms");
            migrationBuilder.DropColumn("CountedTo", "imported_histograms");
        }
    }
}
