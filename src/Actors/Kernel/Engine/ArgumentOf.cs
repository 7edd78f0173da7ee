using System.Linq.Expressions;
using System.Reflection;

namespace VideoMesh.Actors.Kernel.Engine;

/// <summary>Evaluates the arguments of a props factory, without a compiler for the usual ones: constants and captured variables.</summary>
internal static class ArgumentOf
{
    public static object? Evaluate(Expression argument) => argument switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } member => field.GetValue(member.Expression is null ? null : Evaluate(member.Expression)),
        UnaryExpression { NodeType: ExpressionType.Convert, Method: null } cast when cast.Type.IsAssignableFrom(cast.Operand.Type) => Evaluate(cast.Operand),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(argument, typeof(object))).Compile(preferInterpretation: true)(),
    };
}
