<%@ page contentType="text/plain" trimDirectiveWhitespaces="true" %><%
Integer count = (Integer) session.getAttribute("count");
session.setAttribute("count", count = count == null ? 1 : count + 1);
out.print(count);
%>
